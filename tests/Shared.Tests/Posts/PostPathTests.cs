using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

public sealed class PostPathTests
{
    [Theory]
    [InlineData("_posts/2024-05-01-a.md", true)]
    [InlineData("docs/a/_posts/b/c/2024-05-01-a.markdown", true)]
    [InlineData("_posts/2024-5-1-a b #1 [x].md", true)]
    [InlineData("_posts/2024-05-01-日本語.MD", true)]
    [InlineData("_posts/2024-05-01-trailing...md", true)]
    [InlineData("_posts/2024-05-01-photo.png", true)]
    [InlineData("_posts/2024-13-45-x.md", true)]
    [InlineData("_posts/notes.md", false)]
    [InlineData("_posts/2024-05-01.md", false)]
    [InlineData("_posts/2024-05-01-a", false)]
    [InlineData("_posts/2024-05-01-a.yml", false)]
    [InlineData("_posts/2024-05-01-folder/notes.md", false)]
    [InlineData("_posts/2024-05-01-a.md~", false)]
    [InlineData("_posts/.2024-05-01-a.md", false)]
    [InlineData("_posts/_2024-05-01-a.md", false)]
    [InlineData("_posts/#2024-05-01-a.md", false)]
    [InlineData("posts/2024-05-01-a.md", false)]
    [InlineData("2024-05-01-a.md", false)]
    [InlineData("_drafts/2024-05-01-a.md", false)]
    [InlineData("_site/_posts/2024-05-01-a.md", false)]
    [InlineData("node_modules/x/_posts/2024-05-01-a.md", false)]
    [InlineData("vendor/theme/_posts/2024-05-01-a.md", false)]
    [InlineData("a/../_posts/2024-05-01-a.md", false)]
    [InlineData("/_posts/2024-05-01-a.md", false)]
    [InlineData("_posts", false)]
    [InlineData("_posts/", false)]
    [InlineData("", false)]
    public void Only_files_named_as_posts_are_posts(string path, bool expected) => Assert.Equal(expected, PostPath.IsPost(path));

    [Fact]
    public void A_name_gives_date_slug_and_extension()
    {
        var post = PostPath.TryParse("_posts/2024-5-1-A b.c...md")!;

        Assert.Equal((new DateOnly(2024, 5, 1), "A b.c", ".md", false), (post.Date!.Value, post.Slug, post.Extension, post.IsDraft));
    }

    [Theory]
    [InlineData("_posts/2024-13-45-x.md")]
    [InlineData("_posts/2024-02-30-x.md")]
    public void An_impossible_date_is_none(string path) => Assert.True(PostPath.TryParse(path) is { HasDate: true, Date: null });

    [Fact]
    public void A_draft_needs_no_date()
    {
        Assert.True(PostPath.TryParse("_drafts/idea.md") is { IsDraft: true, HasDate: false, Slug: "idea" });
        Assert.True(PostPath.TryParse("_drafts/2024-05-01-idea.md") is { IsDraft: true, HasDate: true, Slug: "idea" });
    }
}
