namespace Pipeline.Functions.Training;

/// <summary>What came of an attempt to start the job.</summary>
/// <param name="Started">Whether this attempt started it; otherwise the run was going on already.</param>
/// <param name="Run">The run.</param>
internal sealed record TrainingStart(bool Started, TrainingRun Run);

/// <summary>One run of the job, as its launcher sees it.</summary>
internal sealed record TrainingRun
{
    /// <summary>What the launcher calls it.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required TrainingRunState State { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Where a person finds its log.</summary>
    public Uri? Logs { get; init; }
}

/// <summary>Where a run stands.</summary>
internal enum TrainingRunState
{
    /// <summary>It is about to begin, or going on.</summary>
    Running,

    /// <summary>It ended well.</summary>
    Done,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>It was stopped, and resumes when it is started again.</summary>
    Stopped,
}
