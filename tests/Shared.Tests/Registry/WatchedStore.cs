using System.Collections.Concurrent;
using Pipeline.Storage;

namespace Pipeline.Shared.Tests.Registry;

/// <summary>A store that counts what is opened and written, and whose downloads can break off.</summary>
internal sealed class WatchedStore(IBlobStore inner) : IBlobStore
{
    /// <summary>Names in the order in which they were opened for reading.</summary>
    public ConcurrentQueue<string> Opened { get; } = [];

    /// <summary>Names in the order in which they were written.</summary>
    public ConcurrentQueue<string> Written { get; } = [];

    /// <summary>The download of a name that ends so breaks off after one byte.</summary>
    public string? Breaks { get; set; }

    public async Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken)
    {
        Opened.Enqueue(name.Path);
        var content = await inner.OpenAsync(name, cancellationToken);
        return content is not null && Breaks is { } end && name.Path.EndsWith(end, StringComparison.Ordinal)
            ? content with { Stream = new BrokenStream(content.Stream) }
            : content;
    }

    public Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken) => inner.FindAsync(name, cancellationToken);

    public async Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var etag = await inner.WriteAsync(name, content, condition, metadata, cancellationToken);
        Written.Enqueue(name.Path);
        return etag;
    }

    public Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken) => inner.DeleteAsync(name, condition, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, CancellationToken cancellationToken) => inner.ListAsync(container, prefix, cancellationToken);

    private sealed class BrokenStream(Stream inner) : ForwardStream
    {
        private bool _read;

        public override int Read(Span<byte> buffer)
        {
            if (_read)
            {
                throw new IOException("The connection broke.");
            }

            _read = true;
            return inner.Read(buffer[..1]);
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
