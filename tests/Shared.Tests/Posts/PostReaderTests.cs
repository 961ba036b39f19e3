using System.Security.Cryptography;
using System.Text;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

public sealed class PostReaderTests
{
    private static readonly DateTimeOffset Now = new(2024, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_post_becomes_a_document()
    {
        var bytes = Encoding.UTF8.GetBytes("---\ntitle: \"T: x\"\ntags: [a, b c]\ncategory: k\nlang: de\n---\nEins zwei drei.\n");

        var document = Reader().Read("_posts/2024-05-01-a.md", bytes);

        Assert.Null(document.Skipped);
        Assert.Equal(("T: x", new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero), "de", 3), (document.Title, document.Date, document.Language, document.Words));
        Assert.Equal("Eins zwei drei.", document.Text.Trim());
        Assert.Equal(["a", "b c"], document.Tags);
        Assert.Equal(["k"], document.Categories);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), document.Hash);
        Assert.Empty(document.Warnings);
    }

    [Theory]
    [InlineData("_posts/2024-05-01-a.md", "published: false", "published: false")]
    [InlineData("_posts/2024-05-01-a.md", "published: \"false\"", "published: false")]
    [InlineData("_posts/2024-05-01-a.md", "private: true", "private: true")]
    [InlineData("_posts/2024-05-01-a.md", "corpus: no", "corpus: false")]
    [InlineData("_posts/2024-05-01-a.md", "ai_generated: true", "ai_generated: true")]
    [InlineData("_posts/2024-06-02-a.md", "a: b", "dated in the future")]
    [InlineData("_posts/2024-05-01-a.md", "date: 2024-06-01 12:00:01", "dated in the future")]
    [InlineData("_posts/2024-13-45-a.md", "a: b", "the date in the file name does not exist; Jekyll stops there")]
    [InlineData("_posts/2024-05-01-a.text", "a: b", "the extension .text is neither Markdown nor HTML")]
    [InlineData("_drafts/a.md", "a: b", "a draft")]
    [InlineData("notes/a.md", "a: b", "not a post: a post is _posts/YYYY-MM-DD-title.md")]
    public void What_does_not_belong_in_the_corpus_is_skipped_with_the_reason(string path, string yaml, string reason)
    {
        var document = Reader().Read(path, Encoding.UTF8.GetBytes($"---\n{yaml}\n---\nText of the post.\n"));

        Assert.Equal(reason, document.Skipped);
        Assert.Empty(document.Text);
        Assert.NotEmpty(document.Title);
    }

    [Fact]
    public void An_impossible_date_in_the_name_does_not_matter_if_the_front_matter_has_one() =>
        Assert.Null(Reader().Read("_posts/2024-13-45-a.md", "---\ndate: 2024-05-01\n---\nText of the post.\n"u8.ToArray()).Skipped);

    [Fact]
    public void Options_and_configuration_let_drafts_and_future_posts_in()
    {
        var reader = new PostReader(SiteConfig.Parse("future: true", ""), PostReaderOptions.Default with { Drafts = true }, new FixedClock(Now));

        Assert.True(reader.Read("_drafts/a.md", "A draft.\n"u8.ToArray()) is { Skipped: null, Date: null, Title: "A" });
        Assert.Null(reader.Read("_posts/2099-01-01-a.md", "Text.\n"u8.ToArray()).Skipped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("---\ntitle: T\n---\n")]
    [InlineData("---\ntitle: T\n---\n\n  \n")]
    public void A_post_without_text_is_skipped(string text) =>
        Assert.Equal("no text is left without markup, images and templates", Reader().Read("_posts/2024-05-01-a.md", Encoding.UTF8.GetBytes(text)).Skipped);

    [Fact]
    public void Keys_that_do_not_parse_leave_the_body_and_what_the_name_says()
    {
        var document = Reader().Read("_posts/2024-05-01-my-post.md", "---\ntitle: One: two\n---\nThe text.\n"u8.ToArray());

        Assert.Equal(("My Post", 1), (document.Title, document.Warnings.Count));
        Assert.Equal("The text.", document.Text.Trim());
        Assert.StartsWith("_posts/2024-05-01-my-post.md:2:", document.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_read_and_reported()
    {
        var document = Reader().Read("_posts/2024-05-01-a.md", new byte[] { (byte)'c', (byte)'a', (byte)'f', 0xE9, 0, (byte)'\n' });

        Assert.Equal("café", document.Text.Trim());
        Assert.Equal(2, document.Warnings.Count);
    }

    [Fact]
    public void A_post_that_is_too_large_is_skipped_with_its_size()
    {
        var document = Reader().Read("_posts/2024-05-01-a.md", new byte[PostReader.LargestPost + 1]);

        Assert.Contains("10.0 MB", document.Skipped, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_bytes_give_the_same_document()
    {
        var bytes = "---\ntags: [a]\n---\nText of the post.\n"u8.ToArray();

        Assert.Equal(Reader().Read("_posts/2024-05-01-a.md", bytes).ToJson(), Reader().Read("_posts/2024-05-01-a.md", bytes).ToJson());
    }

    private static PostReader Reader() => new(SiteConfig.Default(""), PostReaderOptions.Default, new FixedClock(Now));

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
