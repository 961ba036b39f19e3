namespace Pipeline.TrainerJob.Training;

/// <summary>What ends a run besides its steps; whichever comes first.</summary>
/// <param name="Time">Time of training, over all processes that worked on the run.</param>
/// <param name="PricePerHour">What an hour of the machine costs, in any currency.</param>
/// <param name="MostCost">What the run may cost, in the same currency; needs the price.</param>
/// <param name="MostCopied">Tokens in a row that a sample may copy from the training text.</param>
internal sealed record RunLimits(TimeSpan? Time = null, double? PricePerHour = null, double? MostCost = null, int? MostCopied = null)
{
    /// <summary>Nothing but the steps ends the run.</summary>
    public static RunLimits None { get; } = new();

    /// <summary>The time that is allowed by clock and purse together.</summary>
    public TimeSpan? LongestTime => MostCost is { } cost && PricePerHour is { } price && TimeSpan.FromHours(cost / price) is var paid
        ? Time is { } time && time < paid ? time : paid
        : Time;

    /// <summary>What so much training costs, or null if no price is known.</summary>
    public double? Cost(double seconds) => PricePerHour is { } price ? price * seconds / 3600 : null;

    /// <summary>Which limit is reached, or null.</summary>
    /// <param name="seconds">Training so far.</param>
    /// <param name="copied">The longest copied run of the newest samples, in tokens.</param>
    public StopReason? Reached(double seconds, int copied) =>
        MostCopied is { } most && copied >= most ? StopReason.Memorised
        : Cost(seconds) >= MostCost ? StopReason.Cost
        : Time is { } time && seconds >= time.TotalSeconds ? StopReason.Time
        : null;
}

/// <summary>Why training ended.</summary>
internal enum StopReason
{
    /// <summary>All steps are done.</summary>
    Steps,

    /// <summary>The validation loss no longer falls.</summary>
    NoGain,

    /// <summary>The time is over.</summary>
    Time,

    /// <summary>The money is spent.</summary>
    Cost,

    /// <summary>The samples copy the training text.</summary>
    Memorised,
}
