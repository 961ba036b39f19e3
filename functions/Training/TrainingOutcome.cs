namespace Pipeline.Functions.Training;

/// <summary>How a run on this machine ended.</summary>
/// <param name="ExitCode">0 done, 1 failed, 2 bad settings or input, 3 interrupted and resumable.</param>
/// <param name="Result">What the job reported, if it is done.</param>
internal sealed record TrainingOutcome(int ExitCode, TrainingResult? Result);

/// <summary>The job's report: one JSON object on its standard output.</summary>
internal sealed record TrainingResult
{
    /// <summary>The model version that now exists.</summary>
    public required string Version { get; init; }

    /// <summary>Whether it existed before, so that nothing was trained.</summary>
    public bool Reused { get; init; }

    /// <summary>Tokens of the training part of the corpus.</summary>
    public long Tokens { get; init; }

    /// <summary>Nats a token over the training texts.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Nats a token over the held-out posts; null if the corpus is too small to hold one out.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>exp of the validation loss.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Seconds of training.</summary>
    public double Seconds { get; init; }
}
