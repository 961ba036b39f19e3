namespace Pipeline.Storage;

/// <summary>
/// The blobs through which functions and job meet: named byte strings in containers, with ETags. Two implementations, a folder
/// and Azure Blob Storage, behave alike; one suite of tests says how.
/// </summary>
public interface IBlobStore
{
    /// <summary>Opens a blob for reading, or returns null if there is none. The caller disposes the result.</summary>
    Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>The blob's properties, or null if there is none.</summary>
    Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>Writes a whole blob atomically: a reader sees the old bytes or the new, never a part.</summary>
    /// <returns>The new ETag.</returns>
    /// <exception cref="BlobConditionException">The condition does not hold; nothing was written.</exception>
    Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken);

    /// <summary>Deletes a blob.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BlobConditionException">The condition does not hold; nothing was deleted.</exception>
    Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken);

    /// <summary>Lists a container's blobs whose names begin with a prefix, in ordinal order of their UTF-8 names.</summary>
    IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, CancellationToken cancellationToken);
}
