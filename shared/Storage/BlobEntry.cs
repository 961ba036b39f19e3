namespace Pipeline.Storage;

/// <summary>What is known of a blob without reading it.</summary>
/// <param name="Name">Its address.</param>
/// <param name="ETag">Changes with every write; compare as text.</param>
/// <param name="Length">Bytes.</param>
/// <param name="LastModified">When it was written.</param>
/// <param name="Metadata">User metadata; keys are C# identifiers in lower case, values are ASCII.</param>
public sealed record BlobEntry(BlobName Name, string ETag, long Length, DateTimeOffset LastModified, IReadOnlyDictionary<string, string> Metadata);

/// <summary>An open blob: its properties and a stream of its bytes, of one and the same version.</summary>
public sealed record BlobContent(BlobEntry Entry, Stream Stream) : IAsyncDisposable
{
    /// <inheritdoc />
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
