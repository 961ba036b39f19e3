using Pipeline.Costs;
using Pipeline.Runs;

namespace Pipeline.Functions.Overview;

/// <summary>A step of the flow from posts to a post.</summary>
internal sealed record FlowStep
{
    /// <summary>Its name: posts, documents, corpus, run, model or post.</summary>
    public required string Name { get; init; }

    /// <summary>How it is.</summary>
    public required StepHealth Health { get; init; }

    /// <summary>What there is, in a few words.</summary>
    public required string Summary { get; init; }

    /// <summary>When it last gave something; null if it never has.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Its last error that nothing has mended since.</summary>
    public string? Error { get; init; }

    /// <summary>When that happened.</summary>
    public DateTimeOffset? ErrorTime { get; init; }

    /// <summary>What to do about it, or what the step waits for.</summary>
    public string? Advice { get; init; }
}

/// <summary>How a step is.</summary>
internal enum StepHealth
{
    /// <summary>It has done what it had to.</summary>
    Done,

    /// <summary>It is at work.</summary>
    Working,

    /// <summary>It waits for the step before it, or for its time.</summary>
    Waiting,

    /// <summary>It failed, or needs somebody.</summary>
    Failed,
}

/// <summary>Something that is due.</summary>
/// <param name="Name">What: post, training or watch.</param>
/// <param name="Schedule">Its NCRONTAB schedule.</param>
/// <param name="Time">When it runs next; null if never.</param>
internal sealed record DueRun(string Name, string Schedule, DateTimeOffset? Time);

/// <summary>What it is doing and whether it is well.</summary>
internal sealed record StatusAnswer
{
    /// <summary>When this was read.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The blog: <c>owner/name</c>, or a folder's name.</summary>
    public required string Blog { get; init; }

    /// <summary>The IANA zone of schedules and days.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Whether every step is well.</summary>
    public bool Healthy { get; init; }

    /// <summary>The steps in the order of the flow.</summary>
    public required IReadOnlyList<FlowStep> Steps { get; init; }

    /// <summary>What is due, the next first.</summary>
    public required IReadOnlyList<DueRun> Due { get; init; }

    /// <summary>What the month has used and what that still allows; null if it cannot be read.</summary>
    public Spending? Month { get; init; }

    /// <summary>The training run that goes on; null if none does.</summary>
    public RunState? Training { get; init; }

    /// <summary>The newest day's post; null before the first.</summary>
    public PostSummary? LastPost { get; init; }

    /// <summary>Posts whose pull requests wait for the owner.</summary>
    public required IReadOnlyList<PostSummary> OpenPullRequests { get; init; }
}
