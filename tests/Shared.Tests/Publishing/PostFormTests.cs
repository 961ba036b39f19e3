using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class PostFormTests
{
    private static readonly SiteConfig Site = SiteConfig.Default("");

    [Fact]
    public void The_sample_blogs_form_is_found()
    {
        var blog = BlogFolder.Open(Path.Combine(ProjectFolders.Root, "tests", "SampleBlog"));

        var profile = BlogProfile.Read(blog);

        Assert.Equal(["layout", "title", "date", "categories", "tags", "permalink"], profile.Form.Keys);
        Assert.Equal("post", profile.Form.Fixed["layout"].Text);
        Assert.Equal(new ListForm("categories", ListStyle.Inline), profile.Form.Categories);
        Assert.Equal(new ListForm("tags", ListStyle.Inline), profile.Form.Tags);
        Assert.Equal(QuoteStyle.DoubleQuotes, profile.Form.Quotes);
        Assert.Equal(("_posts", ".md"), (profile.Form.Folder, profile.Form.Extension));
        Assert.Equal(["instruments", "kitchen", "radio", "sea", "station"], profile.Categories.Order(StringComparer.Ordinal));
        Assert.Equal("log", profile.Tags[0]);
        Assert.Contains("pilots.example", profile.Hosts);
        Assert.Contains("/kitchen/2023/03/26/soup-a-method/", profile.Urls);
    }

    [Fact]
    public void Keys_stand_in_the_order_of_the_posts()
    {
        var form = PostForm.Infer(
            [
                Drafts.Post("_posts/2024-01-01-a.md", "date: 2024-01-01\ntags: [x]\ntitle: 'A'\nauthor: Ann\nlayout: note"),
                Drafts.Post("_posts/2024-01-02-b.md", "date: 2024-01-02\ntags: [x]\ntitle: 'B'\nauthor: Ann\nlayout: note"),
            ],
            Site);

        Assert.Equal(["date", "tags", "title", "author", "layout"], form.Keys.Where(key => key != "permalink"));
        Assert.Equal("Ann", form.Fixed["author"].Text);
        Assert.Equal(QuoteStyle.SingleQuotes, form.Quotes);
        Assert.Null(form.Categories);
    }

    [Theory]
    [InlineData("categories: [a, b]", "categories", ListStyle.Inline)]
    [InlineData("categories:\n  - a\n  - b", "categories", ListStyle.Block)]
    [InlineData("categories:\n- a\n- b", "categories", ListStyle.Block)]
    [InlineData("categories: a b", "categories", ListStyle.Text)]
    [InlineData("category: a", "category", ListStyle.Text)]
    public void The_way_of_writing_categories_is_found(string head, string key, ListStyle style)
    {
        var form = PostForm.Infer([Drafts.Post("_posts/2024-01-01-a.md", "title: A\n" + head)], Site);

        Assert.Equal(new ListForm(key, style), form.Categories);
        Assert.Equal(QuoteStyle.NoQuotes, form.Quotes);
    }

    [Fact]
    public void Folder_extension_and_own_permalinks_are_found()
    {
        var form = PostForm.Infer(
            [
                Drafts.Post("docs/_posts/2024-01-01-one.markdown", "title: A\ndate: 2024-01-01T10:00:00+01:00\npermalink: /blog/one.html"),
                Drafts.Post("docs/_posts/deep/2024-01-02-two.markdown", "title: B\ndate: 2024-01-02T10:00:00+01:00\npermalink: /blog/two.html"),
            ],
            SiteConfig.Default("docs"));

        Assert.Equal(("docs/_posts", ".markdown"), (form.Folder, form.Extension));
        Assert.Equal(new PermalinkForm("/blog/", ".html"), form.Permalink);
        Assert.True(form.IsoDates);
    }

    [Fact]
    public void New_habits_count_more_than_old_ones_and_a_models_posts_count_nothing()
    {
        var old = Enumerable.Range(1, 60).Select(n => Drafts.Post($"_posts/2010-01-{(n % 28) + 1:00}-old{n}.md", "title: 'T'\ncategory: a"));
        var recent = Enumerable.Range(1, 26).Select(n => Drafts.Post($"_posts/2024-02-{n:00}-new.md", "title: \"T\"\ncategories: [a]"));
        var generated = Enumerable.Range(1, 28).Select(n => Drafts.Post($"_posts/2024-03-{n:00}-gen.md", "title: T\nai_generated: true"));

        var form = PostForm.Infer([.. old, .. recent, .. generated], Site);

        Assert.Equal(new ListForm("categories", ListStyle.Inline), form.Categories);
        Assert.Equal(QuoteStyle.DoubleQuotes, form.Quotes);
    }

    [Fact]
    public void A_blog_without_posts_gets_the_usual_form() =>
        Assert.Equal("site/_posts", PostForm.Infer([], SiteConfig.Default("site")).Folder);

    [Fact]
    public void Every_development_blog_gives_a_form_that_its_posts_have()
    {
        foreach (var folder in Directory.EnumerateDirectories(ProjectFolders.Shared("blogs")).Where(folder => Directory.Exists(Path.Combine(folder, "site"))))
        {
            var blog = BlogFolder.Open(Path.Combine(folder, "site"));

            var profile = BlogProfile.Read(blog);

            Assert.Contains("title", profile.Form.Keys);
            Assert.Contains("date", profile.Form.Keys);
            Assert.Contains(blog.PostFiles(drafts: false), path => path.StartsWith(profile.Form.Folder + "/", StringComparison.Ordinal));
        }
    }
}
