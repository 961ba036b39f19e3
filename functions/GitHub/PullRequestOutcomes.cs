using System.Globalization;
using System.Text.Json;
using Pipeline.Functions.Predict;
using Pipeline.GitHub;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Storage;

namespace Pipeline.Functions.GitHub;

/// <summary>Turns what the owner made of a pull request into feedback: merged as it was 1, edited 1 minus the share changed, closed 0.</summary>
internal sealed partial class PullRequestOutcomes(BlogConnection blog, PostRecords records, IBlobStore store, TimeProvider clock, ILogger<PullRequestOutcomes> logger)
{
    // A word in a post of a thousand: a changed date or a trailing blank is no edit.
    private const double Untouched = 0.001;

    // Looking at all days there ever were would cost more each day; of what is older a webhook tells.
    private static readonly TimeSpan LongestOpen = TimeSpan.FromDays(90);

    // A record whose pull request was never noted is looked after for so long; each look is a call.
    private static readonly TimeSpan LongestUnfinished = TimeSpan.FromDays(30);

    /// <summary>Looks at every pull request of ours that was open.</summary>
    public async Task RecordOpenAsync(CancellationToken cancellationToken)
    {
        var open = await records.ListAsync(DateOnly.FromDateTime((clock.GetUtcNow() - LongestOpen).UtcDateTime), cancellationToken).Where(record => record is { Outcome: null, Reason: null }).ToListAsync(cancellationToken);
        foreach (var record in open)
        {
            if (await NumberOfAsync(record, cancellationToken) is { } number)
            {
                await RecordAsync(number, cancellationToken);
            }
        }
    }

    /// <summary>Notes what became of a pull request, if it is ours and closed; once.</summary>
    public async Task RecordAsync(int number, CancellationToken cancellationToken)
    {
        if (blog.GitHub is not { } github
            || await github.FindPullRequestAsync(number, cancellationToken) is not { IsOpen: false } request
            || !github.Repository.Is(request.Head.Repo?.FullName ?? github.Repository.ToString())
            || !PostBranch.TryParse(request.Head.Ref, out var branch)
            || await records.ReadAsync(branch.Day, cancellationToken) is not var (record, etag)
            || record.Outcome is not null
            || await blog.AdoptAsync(record, request, cancellationToken) is not { PullRequest: not null } known
            || known.PullRequest.Number != number)
        {
            return;
        }

        record = known;

        var final = request.MergedAt is null ? null : await FinalTextAsync(github, request, record, cancellationToken);
        var changed = final is null ? 1 : WordChange.Changed(TextOf(record.Text ?? ""), TextOf(final));
        var (outcome, reward) = (request.MergedAt, changed) switch
        {
            (null, _) => ("closed", 0.0),
            (_, <= Untouched) => ("merged", 1.0),
            _ => ("edited", Math.Round(1 - changed, 4)),
        };
        // The feedback first: named by the pull request, it may be written twice.
        var message = Message(record, reward, outcome, final);
        await store.WriteAsync(
            new(Containers.Feedback, $"{message.Id}.json"),
            JsonSerializer.SerializeToUtf8Bytes(message, GitHubEventJson.Default.FeedbackMessage),
            BlobCondition.None,
            cancellationToken);
        await records.WriteAsync(
            record with { Outcome = outcome, Reward = reward, PullRequest = record.PullRequest with { State = request.MergedAt is null ? PullRequestState.Closed : PullRequestState.Merged } },
            BlobCondition.Matches(etag),
            cancellationToken);
        Log.Recorded(logger, number, branch.Day, outcome, reward);
    }

    private async Task<int?> NumberOfAsync(PostRecord record, CancellationToken cancellationToken)
    {
        if (record.PullRequest is not null || record.Created <= clock.GetUtcNow() - LongestUnfinished || blog.GitHub is not { } github)
        {
            return record.PullRequest?.Number;
        }

        return await github.ListPullRequestsAsync("all", new PostBranch(record.Card.Day).ToString(), cancellationToken) is [var newest, ..] ? newest.Number : null;
    }

    private static async Task<string?> FinalTextAsync(GitHubClient github, PullRequest request, PostRecord record, CancellationToken cancellationToken)
    {
        // The owner's last commit on the branch is what was merged; a squashed or merged commit holds the same file.
        foreach (var commit in new[] { request.MergeCommitSha, request.Head.Sha }.Where(commit => !string.IsNullOrEmpty(commit)))
        {
            if (record.Path is { } path && await github.FindFileAsync(path, commit!, cancellationToken) is { } bytes)
            {
                return PostEncoding.Decode(bytes, []);
            }

            if (await github.FindTreeAsync(commit!, recursive: true, cancellationToken) is { } tree
                && tree.Tree.FirstOrDefault(entry => PostPath.TryParse(entry.Path) is { } post && post.Date == record.Card.Day) is { } renamed
                && await github.FindFileAsync(renamed.Path, commit!, cancellationToken) is { } moved)
            {
                return PostEncoding.Decode(moved, []);
            }
        }

        return null;
    }

    // Title and text: a changed date or tag says nothing of what the model wrote.
    private static string TextOf(string file)
    {
        var post = FrontMatter.Parse(file.Replace("\r\n", "\n", StringComparison.Ordinal), "");
        return $"{YamlValue.Text(post.Find("title"))}\n\n{post.Body}";
    }

    private FeedbackMessage Message(PostRecord record, double reward, string outcome, string? final)
    {
        var written = record.Text is { } text ? TextOf(text) : record.Chosen.Body;
        var tags = new Dictionary<string, string>
        {
            ["version"] = record.Card.Provenance.Model,
            ["seed"] = record.Chosen.Seed.ToString(CultureInfo.InvariantCulture),
            ["day"] = record.Card.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        };
        return new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"pr-{record.PullRequest!.Number}"),
            Reward = reward,
            Time = clock.GetUtcNow(),
            Version = record.Card.Provenance.Model,
            Outcome = outcome,
            Request = SeldonMessage.OfText("title", record.Chosen.Title),
            Response = SeldonMessage.OfText("text", written, tags),
            Truth = final is null ? null : SeldonMessage.OfText("text", TextOf(final)),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Pull request {Number}, the post of {Day}, was {Outcome}: reward {Reward}.")]
        public static partial void Recorded(ILogger logger, int number, DateOnly day, string outcome, double reward);
    }
}
