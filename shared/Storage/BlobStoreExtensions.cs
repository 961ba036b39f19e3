namespace Pipeline.Storage;

/// <summary>Whole blobs as arrays, for the small ones.</summary>
public static class BlobStoreExtensions
{
    /// <summary>Reads a whole blob, or returns null if there is none.</summary>
    public static async Task<(byte[] Bytes, BlobEntry Entry)?> ReadAsync(this IBlobStore store, BlobName name, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenAsync(name, cancellationToken);
        if (content is null)
        {
            return null;
        }

        using var buffer = new MemoryStream();
        await content.Stream.CopyToAsync(buffer, cancellationToken);
        return (buffer.ToArray(), content.Entry);
    }

    /// <summary>Writes a whole blob from memory.</summary>
    public static async Task<string> WriteAsync(this IBlobStore store, BlobName name, byte[] bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes, writable: false);
        return await store.WriteAsync(name, content, condition, metadata: null, cancellationToken);
    }
}
