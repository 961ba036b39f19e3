namespace Pipeline.Generation;

/// <summary>What a post shall be about: what is given stays, the rest is the model's choice.</summary>
public sealed record WriteRequest
{
    /// <summary>Categories to choose from; empty means that posts have none.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Tags to choose from; empty means that posts have none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The category, if it is fixed.</summary>
    public string? Category { get; init; }

    /// <summary>The tags, if they are fixed; an empty list fixes that there are none.</summary>
    public IReadOnlyList<string>? FixedTags { get; init; }

    /// <summary>The year to write in; without one the header has none.</summary>
    public int? Year { get; init; }

    /// <summary>The title, if it is fixed.</summary>
    public string? Title { get; init; }

    /// <summary>Words after which the body ends at the next end of a sentence or block; 0 sets no target.</summary>
    public int TargetWords { get; init; }

    /// <summary>How tokens are chosen; its limit is that of the body, its seed gives the whole post.</summary>
    public SamplingOptions Sampling { get; init; } = new();
}
