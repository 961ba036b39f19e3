using System.Globalization;
using System.Runtime.CompilerServices;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>A store in memory whose blobs are dated by the simulation's clock.</summary>
internal sealed class MemoryBlobStore(TimeProvider clock) : IBlobStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Held> blobs = new(StringComparer.Ordinal);
    private long writes;

    /// <summary>Blobs and bytes of a container.</summary>
    public (int Blobs, long Bytes) SizeOf(string container)
    {
        lock (gate)
        {
            var held = blobs.Where(blob => blob.Value.Entry.Name.Container == container).Select(blob => blob.Value.Entry.Length).ToList();
            return (held.Count, held.Sum());
        }
    }

    /// <inheritdoc />
    public Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(blobs.TryGetValue(KeyOf(name), out var held) ? new BlobContent(held.Entry, new MemoryStream(held.Bytes, writable: false)) : null);
        }
    }

    /// <inheritdoc />
    public Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(blobs.TryGetValue(KeyOf(name), out var held) ? held.Entry : null);
        }
    }

    /// <inheritdoc />
    public async Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer, cancellationToken);
        lock (gate)
        {
            Check(name, condition);
            var etag = (++writes).ToString(CultureInfo.InvariantCulture);
            blobs[KeyOf(name)] = new(new BlobEntry(name, etag, buffer.Length, clock.GetUtcNow(), metadata?.ToDictionary(pair => pair.Key.ToLowerInvariant(), pair => pair.Value) ?? []), buffer.ToArray());
            return etag;
        }
    }

    /// <inheritdoc />
    public Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            Check(name, condition);
            return Task.FromResult(blobs.Remove(KeyOf(name)));
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<BlobEntry> listed;
        lock (gate)
        {
            listed = [.. blobs.Where(blob => blob.Key.StartsWith($"{container}/{prefix}", StringComparison.Ordinal)).Select(blob => blob.Value.Entry)];
        }

        await Task.CompletedTask;
        foreach (var entry in listed)
        {
            yield return entry;
        }
    }

    private static string KeyOf(BlobName name) => $"{name.Container}/{name.Path}";

    private void Check(BlobName name, BlobCondition condition)
    {
        var there = blobs.TryGetValue(KeyOf(name), out var held);
        if (condition is BlobCondition.MustBeAbsent && there || condition is BlobCondition.MustMatch match && held?.Entry.ETag != match.ETag)
        {
            throw new BlobConditionException(name);
        }
    }

    private sealed record Held(BlobEntry Entry, byte[] Bytes);
}
