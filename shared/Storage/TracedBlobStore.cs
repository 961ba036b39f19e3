namespace Pipeline.Storage;

/// <summary>A store whose writes carry the trace that they belong to.</summary>
public sealed class TracedBlobStore(IBlobStore inner) : IBlobStore
{
    /// <inheritdoc />
    public Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken) => inner.OpenAsync(name, cancellationToken);

    /// <inheritdoc />
    public Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken) => inner.FindAsync(name, cancellationToken);

    /// <inheritdoc />
    public Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken) =>
        inner.WriteAsync(name, content, condition, TraceContext.AddTo(metadata), cancellationToken);

    /// <inheritdoc />
    public Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken) => inner.DeleteAsync(name, condition, cancellationToken);

    /// <inheritdoc />
    public IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, CancellationToken cancellationToken) => inner.ListAsync(container, prefix, cancellationToken);
}
