namespace Pipeline.Storage;

/// <summary>The bytes of a blob as they come from the storage account, with the store's own exception if they stop coming.</summary>
internal sealed class AzureBlobStream(Stream inner, BlobName name) : ForwardStream
{
    /// <inheritdoc />
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception exception) when (AzureBlobStore.Fault(name, "read", exception) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (AzureBlobStore.Fault(name, "read", exception) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
