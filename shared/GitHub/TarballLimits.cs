namespace Pipeline.GitHub;

/// <summary>How much an archive of a blog may hold. What is larger is no blog, or an attack.</summary>
public sealed record TarballLimits
{
    /// <summary>Bytes of one post; a larger one is left out.</summary>
    public long PostBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of the unpacked archive; images count.</summary>
    public long TotalBytes { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>Bytes of all posts.</summary>
    public long PostsBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Entries, folders and images among them.</summary>
    public int Entries { get; init; } = 500_000;
}
