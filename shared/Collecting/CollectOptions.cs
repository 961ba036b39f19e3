namespace Pipeline.Collecting;

/// <summary>Which posts of a source are wanted.</summary>
public sealed record CollectOptions
{
    /// <summary>Whether the author's replies count, to others and to themselves.</summary>
    public bool Replies { get; init; }

    /// <summary>Whether posts count that quote another post.</summary>
    public bool Quotes { get; init; }
}
