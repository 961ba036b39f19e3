using FsCheck;
using FsCheck.Fluent;
using Pipeline.Posts;
using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class PostFileTests
{
    private static readonly string[] Titles =
    [
        "A: b", "\"quoted\"", "it's", "---", "...", "- a", "? a", "[a, b]", "{a: b}", "#hash", "a #b", "@at", "`tick`", "%tag", "!tag", "&anchor", "*alias", "| pipe", "> fold",
        "true", "No", "null", "~", "2048", "1e3", "0x1F", "2024-05-01", "12:30:45", "=", "<<", "a\nb", "a\r\nb", "tab\there", " lead", "trail ", "", "🙂 emoji 日本", "é", "\\n", "a\\",
        "a: |", "key: [", "- - -", "'", "\"", "''", "\u0085", "\u2028", "\u00A0", "\u200B", "\u0007", "{{ x }}", "{% x %}", "---\nlayout: evil\n---",
    ];

    private static readonly PostForm[] Forms =
    [
        .. from quotes in Enum.GetValues<QuoteStyle>()
           from style in Enum.GetValues<ListStyle>()
           from iso in new[] { false, true }
           select new PostForm
           {
               Keys = iso ? ["date", "title", "tags", "categories", "layout"] : ["layout", "title", "date", "categories", "tags"],
               Quotes = quotes,
               IsoDates = iso,
               IndentedLists = !iso,
               Categories = new ListForm("categories", style),
               Tags = new ListForm("tags", style),
               Fixed = new Dictionary<string, FixedValue> { ["layout"] = new("post", YamlDotNet.Core.ScalarStyle.Plain) },
           },
    ];

    [Fact]
    public void A_post_is_written_in_the_blogs_form()
    {
        var form = new PostForm
        {
            Keys = ["layout", "title", "date", "categories", "tags"],
            Fixed = new Dictionary<string, FixedValue> { ["layout"] = new("post", YamlDotNet.Core.ScalarStyle.Plain) },
            Categories = new ListForm("categories", ListStyle.Inline),
            Tags = new ListForm("tags", ListStyle.Block),
        };

        var text = Post("Soup: again", categories: ["kitchen", "sea life"], tags: ["soup"]).Write(form);

        Assert.Equal(
            """
            ---
            layout: post
            title: "Soup: again"
            date: 2024-05-01 10:20:30 +0200
            categories: [kitchen, sea life]
            tags:
              - soup
            ai_generated: true
            render_with_liquid: false
            pipeline:
              model: "0123abcd-89ef4567"
              corpus: "0123456789abcdef"
              seed: 42
              sampler: "temperature 0.8, top-k 40, top-p 0.95"
            ---

            Text.

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void What_is_written_is_read_back_in_every_form()
    {
        foreach (var form in Forms)
        {
            foreach (var title in Titles)
            {
                AssertRoundTrip(Post(title, ["a", "two words", "true", "12"], ["x", "c#", "a, b"]), form);
                AssertRoundTrip(Post(title, ["a"], ["x", "y"]), form);
            }
        }
    }

    [Fact]
    public void Any_title_and_body_are_read_back() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2_000),
            Prop.ForAll(HostileText.Arbitrary, HostileText.Arbitrary, Gen.Elements(Forms).ToArbitrary(), (title, body, form) =>
                AssertRoundTrip(Post(Whole(title)) with { Body = SafeBody.Clean(body, new HashSet<string>()) }, form)));

    [Theory]
    [InlineData("Text without a head.")]
    [InlineData("---\ntitle: By hand\n---\nText")]
    [InlineData("---\nai_generated: true\n---\nText")]
    public void A_persons_post_is_not_taken_for_ours(string text) =>
        Assert.Contains("_posts/2024-05-01-a.md", Assert.Throws<FormatException>(() => PostFile.Parse(text, "_posts/2024-05-01-a.md")).Message, StringComparison.Ordinal);

    private static PostFile Post(string title, IReadOnlyList<string>? categories = null, IReadOnlyList<string>? tags = null) => new()
    {
        Path = "_posts/2024-05-01-a-post.md",
        Title = title,
        Date = new DateTimeOffset(2024, 5, 1, 10, 20, 30, TimeSpan.FromHours(2)),
        Categories = categories ?? [],
        Tags = tags ?? [],
        Provenance = Drafts.Provenance,
        Body = "Text.\n",
    };

    private static void AssertRoundTrip(PostFile post, PostForm form)
    {
        var text = post.Write(form);

        var again = PostFile.Parse(text, post.Path);

        Assert.Equal(post.Title, again.Title);
        Assert.Equal(post.Date, again.Date);
        Assert.Equal(post.Date.Offset, again.Date.Offset);
        Assert.Equal(post.Categories, again.Categories);
        Assert.Equal(post.Tags, again.Tags);
        Assert.Equal(post.Provenance, again.Provenance);
        Assert.Equal(post.Body, again.Body);
        Assert.Empty(FrontMatter.Parse(text, post.Path).Warnings);
    }

    // A lone surrogate is no text and cannot be put into a file.
    private static string Whole(string text) => string.Concat(text.EnumerateRunes().Where(rune => rune.Value != 0xFFFD));
}
