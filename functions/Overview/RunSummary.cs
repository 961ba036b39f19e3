namespace Pipeline.Functions.Overview;

/// <summary>A training run as its <c>state.json</c> tells it, with what its log adds.</summary>
internal sealed record RunSummary
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>The model version that it makes.</summary>
    public required string Version { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunCondition Status { get; init; }

    /// <summary>The corpus.</summary>
    public string? CorpusId { get; init; }

    /// <summary>The preset's name.</summary>
    public string? Preset { get; init; }

    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Steps at most; 0 until it is known.</summary>
    public int Steps { get; init; }

    /// <summary>The step whose weights are the best so far; 0 before the first evaluation.</summary>
    public int BestStep { get; init; }

    /// <summary>Smoothed loss of the best weights on the posts trained on, in nats a token.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Loss of the best weights on the held-out posts, in nats a token.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>e to the validation loss.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Posts, held-out ones included.</summary>
    public int Documents { get; init; }

    /// <summary>Tokens of the training posts.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens trained on, over all epochs.</summary>
    public long TrainedTokens { get; init; }

    /// <summary>Seconds of work on the run.</summary>
    public double Seconds { get; init; }

    /// <summary>What the work cost, in the currency of the price that was given; null without a price.</summary>
    public double? Cost { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>When its state was written last.</summary>
    public DateTimeOffset Updated { get; init; }
}

/// <summary>Where a run stands.</summary>
internal enum RunCondition
{
    /// <summary>A process works on it.</summary>
    Running,

    /// <summary>Stopped after saving; the next start goes on with it.</summary>
    Interrupted,

    /// <summary>Its model is published.</summary>
    Finished,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>It says that it is running, but has not written for long: its process is gone. The next start goes on with it.</summary>
    Lost,
}

/// <summary>All runs.</summary>
/// <param name="Runs">The newest first.</param>
internal sealed record RunsAnswer(IReadOnlyList<RunSummary> Runs);

/// <summary>A run with its curves.</summary>
/// <param name="Summary">Where it stands.</param>
/// <param name="Points">The log, a point a step, oldest first; those after the step that was asked for.</param>
/// <param name="Samples">What the model wrote at each evaluation, oldest first.</param>
/// <param name="TokensPerSecond">Mean of the newest steps; null before the first.</param>
/// <param name="SecondsLeft">Until the last step at this speed; null if it does not run or cannot be told yet.</param>
internal sealed record RunAnswer(RunSummary Summary, IReadOnlyList<RunPoint> Points, IReadOnlyList<RunSamples> Samples, double? TokensPerSecond, double? SecondsLeft);

/// <summary>A step of the log.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Epoch">Passes over the corpus so far.</param>
/// <param name="Loss">Of the step's batch, in nats a token.</param>
/// <param name="Smoothed">The same, smoothed over the steps before.</param>
/// <param name="Validation">On held-out posts, at evaluations.</param>
/// <param name="LearningRate">The step's.</param>
/// <param name="TokensPerSecond">The step's.</param>
internal sealed record RunPoint(int Step, double Epoch, double Loss, double Smoothed, double? Validation, double LearningRate, double TokensPerSecond);

/// <summary>The texts of one evaluation.</summary>
/// <param name="Step">After which step.</param>
/// <param name="Texts">As they stand in <c>samples.md</c>, prompt and all.</param>
internal sealed record RunSamples(int Step, IReadOnlyList<string> Texts);
