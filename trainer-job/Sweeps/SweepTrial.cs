namespace Pipeline.TrainerJob.Sweeps;

/// <summary>One combination that a sweep tries.</summary>
internal sealed record SweepTrial
{
    /// <summary>Counted from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The learning rate after the warm-up.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Times through the corpus.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps of its whole schedule.</summary>
    public int Steps { get; init; }

    /// <summary>Steps taken.</summary>
    public int Step { get; init; }

    /// <summary>Rounds taken part in.</summary>
    public int Rounds { get; init; }

    /// <summary>The lowest validation loss so far, in nats a token.</summary>
    public double? Loss { get; init; }

    /// <summary>Seconds of training.</summary>
    public double Seconds { get; init; }

    /// <summary>Why it cannot go on, or null.</summary>
    public string? Failure { get; init; }
}
