using System.Globalization;

namespace Pipeline.Costs;

/// <summary>What a calendar month (UTC) has used so far, and what that still allows.</summary>
public sealed record Spending
{
    /// <summary>The share of the cap from which on no training runs: the rest is kept for posts.</summary>
    public const double TrainingShare = 0.8;

    /// <summary>The month's first day.</summary>
    public required DateOnly Month { get; init; }

    /// <summary>What the sums are counted in.</summary>
    public required string Currency { get; init; }

    /// <summary>What the month may cost; null for no end.</summary>
    public double? Cap { get; init; }

    /// <summary>Seconds of training.</summary>
    public double TrainingSeconds { get; init; }

    /// <summary>What they cost.</summary>
    public double TrainingCost { get; init; }

    /// <summary>Seconds in which daily posts were written and judged.</summary>
    public double PostSeconds { get; init; }

    /// <summary>What they cost.</summary>
    public double PostCost { get; init; }

    /// <summary>Seconds in which callers' texts were made.</summary>
    public double SampleSeconds { get; init; }

    /// <summary>What they cost.</summary>
    public double SampleCost { get; init; }

    /// <summary>Runs that were worked on.</summary>
    public int Runs { get; init; }

    /// <summary>Days whose post was written.</summary>
    public int Posts { get; init; }

    /// <summary>All of it.</summary>
    public double Total => TrainingCost + PostCost + SampleCost;

    /// <summary>Whether training may run. It is the first to stop.</summary>
    public bool TrainingAllowed => Cap is not { } cap || Total < cap * TrainingShare;

    /// <summary>Whether texts may be made. They are the last to stop.</summary>
    public bool GenerationAllowed => Cap is not { } cap || Total < cap;

    /// <summary>What the cap has stopped, in a sentence; null while it has stopped nothing.</summary>
    public string? Stopped => GenerationAllowed
        ? TrainingAllowed ? null : Line($"Training is stopped until {Next:yyyy-MM-dd}: {Total:0.00} of the month's {Cap:0.00} {Currency} are spent, and the rest is kept for posts. Raise PIPELINE_MONTHLY_CAP to train before.")
        : Line($"Training and posts are stopped until {Next:yyyy-MM-dd}: {Total:0.00} of the month's {Cap:0.00} {Currency} are spent. Raise PIPELINE_MONTHLY_CAP to go on before.");

    private DateOnly Next => Month.AddMonths(1);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
