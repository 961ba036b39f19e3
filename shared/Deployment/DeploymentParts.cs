using System.Text.Json;

namespace Pipeline.Deployment;

/// <summary>The texts: a blog's folder, or sources that are collected.</summary>
public sealed record CorpusPart
{
    /// <summary>A Jekyll blog's folder.</summary>
    public string? Blog { get; init; }

    /// <summary>Sources to collect.</summary>
    public IReadOnlyList<SourcePart> Sources { get; init => field = value ?? []; } = [];

    /// <summary>What posts become: <c>plain</c> or <c>markdown</c>; null leaves the setting.</summary>
    public string? Format { get; init; }

    /// <summary>Minutes without a new document before a changed corpus is trained on.</summary>
    public int? QuietMinutes { get; init; }
}

/// <summary>A source to collect.</summary>
public sealed record SourcePart
{
    /// <summary>A file, folder or address.</summary>
    public required string From { get; init; }

    /// <summary>What it is; null to recognise it.</summary>
    public string? Kind { get; init; }

    /// <summary>Whether replies count.</summary>
    public bool Replies { get; init; }

    /// <summary>Whether quotes count.</summary>
    public bool Quotes { get; init; }
}

/// <summary>How to train; what is null leaves the setting.</summary>
public sealed record TrainingPart
{
    /// <summary>Model size and training time.</summary>
    public string? Preset { get; init; }

    /// <summary>The first seed.</summary>
    public int? Seed { get; init; }

    /// <summary>Hours after which a run is stopped.</summary>
    public int? Hours { get; init; }

    /// <summary>Numbers instead of the preset's.</summary>
    public IReadOnlyDictionary<string, double> Overrides { get; init => field = value ?? new Dictionary<string, double>(); } = new Dictionary<string, double>();
}

/// <summary>What a post must be; what is null leaves the setting.</summary>
public sealed record GatesPart
{
    /// <summary><c>strict</c> or <c>report</c>.</summary>
    public string? Mode { get; init; }

    /// <summary>Candidates of a post.</summary>
    public int? Candidates { get; init; }

    /// <summary>Tokens of a post at most.</summary>
    public int? Length { get; init; }

    /// <summary>What no post may have.</summary>
    public IReadOnlyList<string>? ForbiddenWords { get; init; }
}

/// <summary>How a version takes over; what is null leaves the setting.</summary>
public sealed record RolloutPart
{
    /// <summary><c>direct</c>, <c>canary</c>, <c>shadow</c> or <c>best</c>.</summary>
    public string? Strategy { get; init; }

    /// <summary>The shares of a canary.</summary>
    public WeightsPart? Weights { get; init; }

    /// <summary>Hours that a canary or shadow is watched.</summary>
    public int? Hours { get; init; }

    /// <summary>Models of each corpus of which the best serves.</summary>
    public int? Of { get; init; }

    /// <summary>What the best is told by.</summary>
    public string? Metric { get; init; }

    /// <summary>The mean reward that is still good.</summary>
    public double? RewardThreshold { get; init; }
}

/// <summary>Shares in hundredths, which sum to 100.</summary>
/// <param name="Stable">Of the version in service.</param>
/// <param name="Candidate">Of the one that is tried.</param>
public sealed record WeightsPart(int Stable, int Candidate);

/// <summary>Something that is watched, and what to do when it happens.</summary>
public sealed record SensorPart
{
    /// <summary>Its name, the only one of its kind.</summary>
    public required string Name { get; init; }

    /// <summary><c>start</c>, <c>event</c>, <c>metric</c> or <c>http</c>.</summary>
    public required string On { get; init; }

    /// <summary>Of an event: which.</summary>
    public string? Event { get; init; }

    /// <summary>Of a metric: the expression; see <see cref="MetricExpression"/>.</summary>
    public string? When { get; init; }

    /// <summary><c>train</c>, <c>rollback</c> or <c>publish</c>.</summary>
    public required string Do { get; init; }

    /// <summary>Whether to train although there is a model of the corpus.</summary>
    public bool Force { get; init; }
}

/// <summary>Where a route leads.</summary>
public sealed record RoutePart
{
    /// <summary><c>sample</c> or <c>predict</c>.</summary>
    public required string Function { get; init; }

    /// <summary>Settings for what a caller does not say.</summary>
    public IReadOnlyDictionary<string, JsonElement> Defaults { get; init => field = value ?? new Dictionary<string, JsonElement>(); } = new Dictionary<string, JsonElement>();
}

/// <summary>NCRONTAB with seconds first; what is null leaves the setting.</summary>
public sealed record SchedulesPart
{
    /// <summary>Of the daily post.</summary>
    public string? Post { get; init; }

    /// <summary>Of the look at the corpus.</summary>
    public string? Training { get; init; }

    /// <summary>Of the look at the model in service and at the sensors.</summary>
    public string? Watch { get; init; }

    /// <summary>The IANA zone of the schedules.</summary>
    public string? TimeZone { get; init; }
}
