using System.Text;
using Pipeline.Corpus;
using Pipeline.Posts;
using Pipeline.Privacy;

namespace Pipeline.Shared.Tests.Privacy;

public sealed class PrivatePatternsTests
{
    private static readonly PostDocument Diary = new()
    {
        Path = "_posts/diary/2024-05-01-a-walk.md",
        Hash = new string('a', 64),
        Title = "A walk",
        Tags = ["Family", "hills"],
        Categories = ["notes"],
        Text = "We met Mrs Smith, and her dog; call 040-1234.",
        Words = 9,
    };

    [Theory]
    [InlineData("path:_posts/diary/*", true)]
    [InlineData("_posts/diary/*", true)]
    [InlineData("_posts/*walk*", true)]
    [InlineData("_posts/work/*", false)]
    [InlineData("tag:family", true)]
    [InlineData("tag:fam", false)]
    [InlineData("category:NOTES", true)]
    [InlineData("text:mrs smith", true)]
    [InlineData("text:Jones", false)]
    [InlineData(@"text:/\bSmi?th\b/", true)]
    [InlineData(@"text:/\d{3,5}-\d{4}/", true)]
    [InlineData(@"text:/Jones|Smith, and/, tag:none", true)]
    [InlineData("tag:none\ncategory:none,  tag:hills", true)]
    [InlineData("", false)]
    public void A_pattern_matches_path_tag_category_or_text(string setting, bool matches) =>
        Assert.Equal(matches, PrivatePatterns.Parse(setting).WhyPrivate(Diary) is not null);

    [Theory]
    [InlineData("colour:red", "begins with 'colour:'")]
    [InlineData("tag:", "is empty")]
    [InlineData("text:/(/", "no regular expression")]
    [InlineData(@"text:/(a)\1/", "no regular expression")]
    public void A_pattern_that_cannot_be_read_is_refused_with_its_name(string setting, string says)
    {
        var failure = Assert.Throws<FormatException>(() => PrivatePatterns.Parse(setting));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.Contains(setting, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_post_that_matches_leaves_nothing_but_its_path_and_the_reason()
    {
        var options = new PostReaderOptions { Private = PrivatePatterns.Parse("text:/hidden-link/") };
        var post = Encoding.UTF8.GetBytes("---\ntitle: A secret\ntags: [family]\n---\nSee [this](https://example.com/hidden-link).\n");
        var document = new PostReader(SiteConfig.Default(""), options, TimeProvider.System).Read("_posts/2024-05-01-a.md", post);
        Assert.Contains("matches the pattern text:/hidden-link/", document.Skipped, StringComparison.Ordinal);
        Assert.Equal(("", "a", 0), (document.Text, document.Title, document.Tags.Count));
    }

    [Fact]
    public void A_document_from_before_the_pattern_does_not_enter_the_corpus()
    {
        var other = Diary with { Path = "_posts/2024-05-02-b.md", Hash = new string('b', 64), Tags = [], Text = "The ferry was late again, and nobody minded much." };
        var corpus = CorpusBuilder.Build([Diary, other], new CorpusOptions { Private = PrivatePatterns.Parse("tag:family") });
        Assert.Equal([other.Path], corpus.Posts.Select(post => post.Path));
        Assert.Equal("private: matches the pattern tag:family", Assert.Single(corpus.Report.Skipped).Reason);
    }
}
