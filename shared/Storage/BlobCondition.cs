namespace Pipeline.Storage;

/// <summary>When a write or delete may happen.</summary>
public abstract record BlobCondition
{
    private BlobCondition()
    {
    }

    /// <summary>Always.</summary>
    public static BlobCondition None { get; } = new Unconditional();

    /// <summary>Only if there is no blob of that name.</summary>
    public static BlobCondition Absent { get; } = new MustBeAbsent();

    /// <summary>Only if the blob is still of this version.</summary>
    /// <exception cref="ArgumentException">The text is no ETag of a version: empty, or the wildcard.</exception>
    public static BlobCondition Matches(string etag) => etag is "" or "*"
        ? throw new ArgumentException($"'{etag}' is no ETag of one version.", nameof(etag))
        : new MustMatch(etag);

    /// <summary>No condition.</summary>
    public sealed record Unconditional : BlobCondition;

    /// <summary>HTTP's <c>If-None-Match: *</c>.</summary>
    public sealed record MustBeAbsent : BlobCondition;

    /// <summary>HTTP's <c>If-Match</c>.</summary>
    public sealed record MustMatch(string ETag) : BlobCondition;
}
