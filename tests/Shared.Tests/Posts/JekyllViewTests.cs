using System.Text;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>Every post of every development blog against what Jekyll itself made of it.</summary>
public sealed class JekyllViewTests
{
    // Titles of which Jekyll keeps blanks at the ends (quoted), the line feed of a block scalar, or no-break spaces. A title here is
    // one line of plain text, so these lose just that.
    private static readonly string[] TitlesMadePlain =
    [
        "2015-10-08-updated-18f-content-guide", "2016-01-04-turning-learning-up-to-11-transparency", "2016-04-01-what-10-weeks-at-18f-taught-me",
        "2016-05-19-content-debt-what-it-is-where-to-find-it-and-how-to-prevent-it-in-the-first-place", "2017-08-23-government-launches-login-gov",
        "2021-04-27-building_product_management_capacity_in_government_part_3_a_day_in_the_life_of_a_new_product_owner",
        "2022-11-14-improving-inclusion-continuously-how-we-iterated-on-our-bot-to-promote-more-inclusive-and-thoughtful-language",
        "2022-11-29-18f-checks-in-with-jerome-lee-and-the-eapd-project", "2023-02-13-looking-back-and-forward",
        "2023-02-24-18f-checks-in-with-emily-read-and-the-usgs-water-resources-mission-area-projects", "2023-04-20-hi-from-the-18F-design-chapter",
        "2023-04-25-18f-checks-in-with-the-dawson-project-at-the-us-tax-court", "2023-05-08-andrew-hyder-award",
        "2023-06-13-The-four-operating-levels-of-18F-projects", "2023-08-22-7-tips-on-facilitating-unplanned-topics-in-meetings", "2023-09-05-first-do-no-harm",
        "2024-02-01-gathering-feedback-with-customer-panels", "2024-03-05-customer-experience-beyond-surveys", "2024-03-19-18f-at-ten", "2024-04-03-18f-practices-in-action",
        "2016-01-28-rustycrate-plans-2016", "2017-01-28-rustycrate-plans-2017-part1", "2017-02-04-rustycrate-plans-2017-part2", "2017-02-11-rustycrate-plans-2017-part3",
        "2017-02-18-rustycrate-plans-2017-part4", "2017-07-30-rust-travis", "2017-08-20-rust-appveyor", "2017-12-17-crates.io",
        "2016-08-03-improving-accuracy-of-cmu-sphinx-for_3",
    ];

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
            var plain = TitlesMadePlain.Contains(Path.GetFileNameWithoutExtension(view.Path));
            Compare("title", plain ? view.Title!.Replace('\u00A0', ' ').Trim() : view.Title, fields.Title);
            Assert.True(!plain || view.Title != fields.Title, $"{view.Path} is no exception any more.");
            // Jekyll dates a draft without a date by its file's time, which says nothing here.
            Compare("date", view.Date?.ToString("O"), view.Draft && view.Date is null ? null : fields.Date?.ToString("O"));
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

    [Theory]
    [MemberData(nameof(JekyllView.Blogs), MemberType = typeof(JekyllView))]
    public void Documents_of_kept_posts_carry_the_same_fields(string blog)
    {
        var folder = BlogFolder.Open(JekyllView.SiteOf(blog));
        var reader = new PostReader(folder.Config, PostReaderOptions.Default, TimeProvider.System);
        foreach (var path in folder.PostFiles(drafts: true))
        {
            var document = reader.Read(path, folder.ReadPost(path));
            var fields = ReadFields(folder, path);
            if (document.Skipped is null)
            {
                Assert.Equal((fields.Title, fields.Date), (document.Title, document.Date));
                Assert.Equal(fields.Tags, document.Tags);
                Assert.Equal(fields.Categories, document.Categories);
                Assert.True(document.Words > 0 && document.Language.Length is 2 or 3, path);
            }
            else
            {
                // Nothing in these blogs is left out but what Jekyll leaves out, what it does not convert, and what has no text.
                var view = JekyllView.Read(blog).Single(line => line.Path == path);
                Assert.True(view is { Draft: true } or { Published: false } || fields.Path.Markup is null || document.Text.Length == 0, $"{path}: {document.Skipped}");
            }
        }
    }

    private static PostFields ReadFields(BlogFolder folder, string path)
    {
        var text = PostEncoding.Decode(folder.ReadPost(path).Span, []);
        return PostFields.Read(folder.Config, PostPath.TryParse(path)!, FrontMatter.Parse(text, path));
    }
}
