using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Generation;

namespace Pipeline.Publishing;

/// <summary>Title and description of a pull request: what this is, the report card, the other candidates, how to get another one.</summary>
/// <param name="Day">The post's day.</param>
/// <param name="Chosen">The number of the candidate that it carries.</param>
/// <param name="Title">The title.</param>
/// <param name="Body">The description in Markdown.</param>
public sealed partial record PullRequestText(DateOnly Day, int Chosen, string Title, string Body)
{
    // GitHub takes 65,536 characters.
    private const int LongestBody = 60_000;
    private const int LongestTitle = 120;
    private const int LongestCandidate = 6000;
    private const int MostRuns = 10;
    private const int MostSources = 8;

    /// <summary>Writes the text for a report card.</summary>
    /// <param name="card">What is known of the post.</param>
    /// <param name="title">The post's title as it stands in its front matter; the card has it as the model wrote it.</param>
    /// <param name="pageOf">The page of a post of the blog.</param>
    public static PullRequestText Of(ReportCard card, string title, Func<string, Uri> pageOf)
    {
        var post = card.Candidates[card.Chosen - 1];
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<!-- pipeline day={card.Day:yyyy-MM-dd} candidate={card.Chosen} -->\n");
        body.Append("**A language model wrote this post; nobody has read it yet.** It learned from this blog's own posts. Read it as you would a stranger's: it may say things that are not true. ");
        body.Append("Merging publishes it, closing this pull request drops it, and you may edit it here before you merge.\n\n");
        AppendOriginality(body, post, pageOf);
        AppendGates(body, post);
        AppendSources(body, post);
        AppendOrigin(body, card, post);
        body.Append("""
            ### Another one

            Comment on this pull request (whoever may write to this repository):

            | comment | what happens |
            |---|---|
            | `/pick N` | candidate N takes this one's place |
            | `/reroll` | new candidates are written, and the best takes this one's place |
            | `/title A better title` | the post gets this title |
            | `/tags one, two` | the post gets these tags, of those that the blog uses |
            | `/hold` | nothing merges by itself, and this branch is left alone |


            """);
        AppendCandidates(body, card);
        return new(card.Day, card.Chosen, TitleOf(title), body.ToString());
    }

    /// <summary>The title of a pull request for a post.</summary>
    public static string TitleOf(string postTitle) => "Generated post: " + PlainWords.Line(postTitle, LongestTitle);

    /// <summary>Reads day and candidate from a description; null if it is none of ours.</summary>
    /// <param name="title">The title.</param>
    /// <param name="body">The description, perhaps changed by a person below its first line.</param>
    public static PullRequestText? Parse(string title, string? body) =>
        body is not null
        && Mark().Match(body) is { Success: true } mark
        && DateOnly.TryParseExact(mark.Groups["day"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && int.TryParse(mark.Groups["candidate"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen)
            ? new(day, chosen, title, body)
            : null;

    private static void AppendOriginality(StringBuilder body, CandidateReport post, Func<string, Uri> pageOf)
    {
        body.Append("### Originality\n\n");
        if (post.Copied.Count == 0)
        {
            body.Append("No run of 12 tokens or more stands in the blog's posts.\n\n");
            return;
        }

        body.Append("| words in a row that stand in the blog | tokens | where |\n|---|---|---|\n");
        foreach (var run in post.Copied.Take(MostRuns))
        {
            body.Append(CultureInfo.InvariantCulture, $"| {PlainWords.Line(run.Text, 160)} | {run.Tokens} | [{PlainWords.Line(run.Path, 120)}]({pageOf(run.Path).AbsoluteUri}) |\n");
        }

        body.Append(post.Copied.Count > MostRuns ? $"\nAnd {post.Copied.Count - MostRuns} shorter ones.\n\n" : "\n");
    }

    private static void AppendGates(StringBuilder body, CandidateReport post)
    {
        body.Append(post.Passed ? "### Quality gates: all passed\n\n" : "### Quality gates: **not all passed**\n\n");
        body.Append("| figure | value | wanted | |\n|---|---|---|---|\n");
        foreach (var figure in post.Figures)
        {
            body.Append(CultureInfo.InvariantCulture, $"| {figure.Name} | {Number(figure.Value, figure.Unit)} | {figure.Relation} {Number(figure.Threshold, figure.Unit)} | {(figure.Passed ? "✓" : "✗ " + PlainWords.Line(figure.Reason ?? "", 200))} |\n");
        }

        body.Append('\n');
    }

    private static void AppendOrigin(StringBuilder body, ReportCard card, CandidateReport post)
    {
        body.Append("### Where it comes from\n\n| | |\n|---|---|\n");
        body.Append(CultureInfo.InvariantCulture, $"| model | {PlainWords.Line(card.Provenance.Model, 100)} |\n| corpus | {PlainWords.Line(card.Provenance.Corpus, 100)} |\n");
        body.Append(CultureInfo.InvariantCulture, $"| seed | {post.Seed} |\n| sampler | {PlainWords.Line(card.Provenance.Sampler, 200)} |\n");
        if (post.Perplexity is { } perplexity)
        {
            body.Append(CultureInfo.InvariantCulture, $"| perplexity of the text under the model | {perplexity:0.0} |\n");
        }

        body.Append(CultureInfo.InvariantCulture, $"| cost | {card.Seconds:0.0} s for {card.Candidates.Count} candidates{CostOf(card)} |\n\n");
    }

    private static void AppendSources(StringBuilder body, CandidateReport post)
    {
        if (post.Sources.Count == 0)
        {
            return;
        }

        body.Append("### What it sounds like\n\n| perplexity of the text | under | of the post |\n|---|---|---|\n");
        foreach (var source in post.Sources.Take(MostSources))
        {
            var (name, own) = (PlainWords.Line(source.Name, 60), post.Tags.Contains(source.Name) || post.Categories.Contains(source.Name));
            body.Append(CultureInfo.InvariantCulture, $"| {source.Perplexity:0.0} | {(source.Kind == AttributedSource.None ? "no header" : $"{source.Kind} {name}")} | {(own ? "✓" : "")} |\n");
        }

        body.Append('\n');
    }

    private static string CostOf(ReportCard card) =>
        card.Cost is { } cost ? string.Create(CultureInfo.InvariantCulture, $", {cost:0.0000} {PlainWords.Line(card.Currency ?? "", 10)}") : "";

    private static void AppendCandidates(StringBuilder body, ReportCard card)
    {
        for (var index = 0; index < card.Candidates.Count; index++)
        {
            var (number, candidate) = (index + 1, card.Candidates[index]);
            if (number == card.Chosen)
            {
                continue;
            }

            var verdict = candidate.Passed ? "passes the gates" : PlainWords.Line(string.Join(" ", candidate.Reasons), 300);
            var part = string.Create(
                CultureInfo.InvariantCulture,
                $"<details><summary>Candidate {number}: {Summary(candidate.Title)} (score {candidate.Score:0.00}, {Summary(verdict)})</summary>\n\n{PlainWords.Block(candidate.Body, LongestCandidate)}\n\n</details>\n\n");
            if (body.Length + part.Length > LongestBody)
            {
                body.Append(CultureInfo.InvariantCulture, $"Candidates from {number} on are left out here, since a description has an end; `/pick` takes them all the same.\n");
                return;
            }

            body.Append(part);
        }
    }

    private static string Summary(string text) => System.Net.WebUtility.HtmlEncode(PlainWords.Line(text, 300));

    private static string Number(double value, string unit) =>
        unit.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{value:0} {unit}") : value.ToString("0.###", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A<!-- pipeline day=(?<day>\d{4}-\d\d-\d\d) candidate=(?<candidate>\d{1,4}) -->", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}
