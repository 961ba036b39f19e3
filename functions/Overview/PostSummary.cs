using Pipeline.Publishing;
using Pipeline.Quality;

namespace Pipeline.Functions.Overview;

/// <summary>A day's generated post and what became of it.</summary>
internal sealed record PostSummary
{
    /// <summary>The day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Where it stands.</summary>
    public required PostOutcome Outcome { get; init; }

    /// <summary>When the candidates were written.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The title of the candidate that was taken, as the model wrote it.</summary>
    public required string Title { get; init; }

    /// <summary>Its text, as the model wrote it.</summary>
    public required string Body { get; init; }

    /// <summary>The version that wrote it.</summary>
    public required string Version { get; init; }

    /// <summary>The seed that gives it again.</summary>
    public ulong Seed { get; init; }

    /// <summary>How it was drawn.</summary>
    public required string Sampler { get; init; }

    /// <summary>How many candidates were written.</summary>
    public int Candidates { get; init; }

    /// <summary>The number of the one taken, from 1.</summary>
    public int Chosen { get; init; }

    /// <summary>Its rank, 0 to 1.</summary>
    public double Score { get; init; }

    /// <summary>Its perplexity under the model that wrote it.</summary>
    public double? Perplexity { get; init; }

    /// <summary>The figures of the quality gates.</summary>
    public required IReadOnlyList<QualityFigure> Figures { get; init; }

    /// <summary>What of it stands in the corpus.</summary>
    public required IReadOnlyList<CopiedText> Copied { get; init; }

    /// <summary>How long writing and judging took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The post's path in the blog; null if there is none.</summary>
    public string? Path { get; init; }

    /// <summary>Its branch.</summary>
    public string? Branch { get; init; }

    /// <summary>Our newest commit there.</summary>
    public string? Commit { get; init; }

    /// <summary>The pull request's number; null where there are none.</summary>
    public int? PullRequest { get; init; }

    /// <summary>The pull request's page.</summary>
    public string? PullRequestUrl { get; init; }

    /// <summary>What the owner made of it as a figure: 1 merged as it was, 0 closed.</summary>
    public double? Reward { get; init; }

    /// <summary>Why there is no post, if there is none.</summary>
    public string? Reason { get; init; }

    /// <summary>Describes a day's record.</summary>
    public static PostSummary Of(PostRecord record) => new()
    {
        Day = record.Card.Day,
        Outcome = OutcomeOf(record),
        Created = record.Created,
        Title = record.Chosen.Title,
        Body = record.Chosen.Body,
        Version = record.Card.Provenance.Model,
        Seed = record.Chosen.Seed,
        Sampler = record.Card.Provenance.Sampler,
        Candidates = record.Card.Candidates.Count,
        Chosen = record.Card.Chosen,
        Score = record.Chosen.Score,
        Perplexity = record.Chosen.Perplexity,
        Figures = record.Chosen.Figures,
        Copied = record.Chosen.Copied,
        Seconds = record.Card.Seconds,
        Path = record.Path,
        Branch = record.Branch,
        Commit = record.Commit,
        PullRequest = record.PullRequest?.Number,
        PullRequestUrl = record.PullRequest?.Url,
        Reward = record.Reward,
        Reason = record.Reason,
    };

    private static PostOutcome OutcomeOf(PostRecord record) => record switch
    {
        { Reason: not null } => PostOutcome.Refused,
        { Outcome: "merged" } => PostOutcome.Merged,
        { Outcome: "edited" } => PostOutcome.Edited,
        { Outcome: "closed" } => PostOutcome.Closed,
        { Held: true } => PostOutcome.Held,
        { PullRequest: not null } => PostOutcome.Open,
        { Done: true } => PostOutcome.Committed,
        _ => PostOutcome.Unfinished,
    };
}

/// <summary>What became of a post.</summary>
internal enum PostOutcome
{
    /// <summary>No candidate passed the gates.</summary>
    Refused,

    /// <summary>Its run was cut off; the next one finishes it.</summary>
    Unfinished,

    /// <summary>It is on its branch; the blog has no pull requests.</summary>
    Committed,

    /// <summary>Its pull request waits for the owner.</summary>
    Open,

    /// <summary>The owner wants it left alone for now.</summary>
    Held,

    /// <summary>It is in the blog as it was.</summary>
    Merged,

    /// <summary>It is in the blog, changed by the owner.</summary>
    Edited,

    /// <summary>The owner did not want it.</summary>
    Closed,
}

/// <summary>Generated posts.</summary>
/// <param name="Posts">The newest day first.</param>
internal sealed record PostsAnswer(IReadOnlyList<PostSummary> Posts);
