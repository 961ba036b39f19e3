using Pipeline.Registry;

namespace Pipeline.Functions.Overview;

/// <summary>A published model version.</summary>
internal sealed record ModelSummary
{
    /// <summary>Its name.</summary>
    public required string Version { get; init; }

    /// <summary>What it is to the routing.</summary>
    public required ModelRole Role { get; init; }

    /// <summary>Its share of the requests in hundredths.</summary>
    public int Weight { get; init; }

    /// <summary>When training ended.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The corpus it was trained on.</summary>
    public required string CorpusId { get; init; }

    /// <summary>The run that trained it.</summary>
    public required string Run { get; init; }

    /// <summary>What training began with; null if it began from scratch.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The seed of training.</summary>
    public ulong Seed { get; init; }

    /// <summary>Parameters.</summary>
    public long Parameters { get; init; }

    /// <summary>Transformer blocks.</summary>
    public int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public int Width { get; init; }

    /// <summary>Longest sequence, in tokens.</summary>
    public int Context { get; init; }

    /// <summary>Tokens that it knows.</summary>
    public int Vocabulary { get; init; }

    /// <summary>Loss on the posts trained on, in nats a token.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Loss on the held-out posts, in nats a token.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>e to the validation loss.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Posts of the corpus.</summary>
    public int Documents { get; init; }

    /// <summary>Tokens that training has seen.</summary>
    public long TrainTokens { get; init; }

    /// <summary>How long training took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Bytes of all its files.</summary>
    public long Bytes { get; init; }

    /// <summary>How many texts of it were judged in the last 30 days.</summary>
    public int Votes { get; init; }

    /// <summary>The mean reward of those, from 0 to 1; null if there are none.</summary>
    public double? Reward { get; init; }
}

/// <summary>What a version is to the routing.</summary>
internal enum ModelRole
{
    /// <summary>In service.</summary>
    Stable,

    /// <summary>Tried with a share of the requests.</summary>
    Candidate,

    /// <summary>Tried beside the stable one without answering.</summary>
    Shadow,

    /// <summary>The one to roll back to.</summary>
    LastGood,

    /// <summary>None of these.</summary>
    Retired,
}

/// <summary>All versions and how requests are divided among them.</summary>
/// <param name="Stable">The version in service; null before the first.</param>
/// <param name="Candidate">The version that is tried beside it.</param>
/// <param name="Pinned">The version that a person has fixed.</param>
/// <param name="LastGood">The version to roll back to.</param>
/// <param name="Models">All versions, the newest first.</param>
/// <param name="History">What happened and why, the newest first.</param>
internal sealed record ModelsAnswer(
    string? Stable, string? Candidate, string? Pinned, string? LastGood, IReadOnlyList<ModelSummary> Models, IReadOnlyList<RoutingChange> History);
