namespace Pipeline.Registry;

/// <summary>How much a model cache keeps.</summary>
public sealed record ModelCacheOptions
{
    /// <summary>
    /// Bytes of all versions together. The least recently used ones go first; those in use stay, even if together they are more.
    /// </summary>
    public long MaximumBytes { get; init; } = 20L << 30;
}
