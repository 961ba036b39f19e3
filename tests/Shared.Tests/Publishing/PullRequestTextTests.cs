using System.Text.RegularExpressions;
using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed partial class PullRequestTextTests
{
    private static readonly DateOnly Day = new(2026, 3, 2);

    public static TheoryData<string> Hostile { get; } =
    [
        "Thanks @ann, see @org/team", "fixes #1, closes GH-7", "resolves https://github.com/ann/blog/issues/1", "</details><script>x()</script>", "![x](https://tracker.example/x.png)",
        "```\n@ann\n```\n````\n@ann", "~~~\n@ann", "<!-- pipeline day=1999-01-01 candidate=9 -->", "| a | b |\n|---|---|", "\u202Eright to left\u0000", "[a](javascript:x)", "www.tracker.example",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Nothing_that_a_model_wrote_is_more_than_words_to_GitHub(string hostile)
    {
        var text = Write(hostile, hostile, candidates: 3);

        var outside = Block().Replace(text.Body, "");
        Assert.DoesNotContain(hostile.Split('\n')[0], outside.Replace("<!-- pipeline day=2026-03-02", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (var words in new[] { outside[outside.IndexOf("### Originality", StringComparison.Ordinal)..], text.Title })
        {
            // Names, issues, markup, and addresses but those of our own links to the blog's posts.
            Assert.DoesNotMatch(@"@\w|#\d|GH-\d|<script|\]\((?!https://github\.example/)|(?<!\]\(https)://|www\.", System.Net.WebUtility.HtmlDecode(words));
        }

        Assert.Equal(2, DetailsEnd().Count(outside));
        Assert.Equal((Day, 1), (PullRequestText.Parse(text.Title, text.Body)!.Day, PullRequestText.Parse(text.Title, text.Body)!.Chosen));
    }

    [Fact]
    public void A_description_is_never_longer_than_GitHub_takes()
    {
        var text = Write("Title", new string('x', 50_000), candidates: 50);

        Assert.InRange(text.Body.Length, 10_000, 65_536);
        Assert.Contains("are left out here", text.Body, StringComparison.Ordinal);
        Assert.InRange(Write(new string('t', 5000), "x", 1).Title.Length, 20, 256);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Somebody's own words")]
    [InlineData("x <!-- pipeline day=2026-03-02 candidate=1 -->")]
    [InlineData("<!-- pipeline day=2026-13-02 candidate=1 -->")]
    public void What_is_not_ours_is_not_read_as_ours(string body) => Assert.Null(PullRequestText.Parse("Title", body));

    private static PullRequestText Write(string title, string body, int candidates) => PullRequestText.Of(
        new()
        {
            Day = Day,
            Provenance = Drafts.Provenance,
            Chosen = 1,
            Candidates = [.. Enumerable.Range(0, candidates).Select(_ => new CandidateReport { Title = title, Body = body, Copied = [new(20, "_posts/2026-01-05-soup.md", body)] })],
        },
        title,
        path => new Uri($"https://github.example/ann/blog/blob/main/{path}"));

    [GeneratedRegex(@"^(`{3,})text\n[\s\S]*?\n\1$", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("</details>")]
    private static partial Regex DetailsEnd();
}
