using System.Text;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>Every post of every development blog against what Jekyll itself made of it.</summary>
public sealed class JekyllViewTests
{
    [Theory]
    [MemberData(nameof(JekyllView.Blogs), MemberType = typeof(JekyllView))]
    public void Fields_and_addresses_equal_jekylls(string blog)
    {
        var folder = BlogFolder.Open(JekyllView.SiteOf(blog));
        var differences = new StringBuilder();
        var views = JekyllView.Read(blog);
        foreach (var view in views)
        {
            var fields = ReadFields(folder, view.Path);
            Compare("title", view.Title, fields.Title);
            Compare("date", view.Date?.ToString("O"), view.Draft && !view.Date.HasValue ? null : fields.Date?.ToString("O"));
            Compare("tags", string.Join('|', view.Tags), string.Join('|', fields.Tags));
            Compare("categories", string.Join('|', view.Categories), string.Join('|', fields.Categories));
            Compare("slug", view.Slug, fields.Slug);
            Compare("published", view.Published.ToString(), fields.Published.ToString());
            Compare("draft", view.Draft.ToString(), fields.Path.IsDraft.ToString());
            if (!view.Draft)
            {
                Compare("url", view.Url, PostUrl.For(folder.Config, fields));
            }

            void Compare(string field, string? jekyll, string? ours)
            {
                if (jekyll != ours)
                {
                    differences.AppendLine($"{view.Path}: {field}: Jekyll <{jekyll}>, here <{ours}>");
                }
            }
        }

        Assert.NotEmpty(views);
        Assert.True(differences.Length == 0, differences.ToString());
    }

    [Theory]
    [MemberData(nameof(JekyllView.Blogs), MemberType = typeof(JekyllView))]
    public void The_same_files_are_posts_as_for_jekyll(string blog)
    {
        var folder = BlogFolder.Open(JekyllView.SiteOf(blog));
        var views = JekyllView.Read(blog);

        Assert.Equal(views.Select(view => view.Path).Order(StringComparer.Ordinal), folder.PostFiles(drafts: true));
        Assert.Equal(views.Where(view => !view.Draft).Select(view => view.Path).Order(StringComparer.Ordinal), folder.PostFiles(drafts: false));
        Assert.Empty(folder.Problems);
    }

    private static PostFields ReadFields(BlogFolder folder, string path)
    {
        var text = PostEncoding.Decode(folder.ReadPost(path).Span, []);
        return PostFields.Read(folder.Config, PostPath.TryParse(path)!, FrontMatter.Parse(text, path));
    }
}
