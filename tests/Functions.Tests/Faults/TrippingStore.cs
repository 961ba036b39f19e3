using System.Runtime.CompilerServices;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Faults;

/// <summary>Counts the calls to a store, and has something happen before one of them.</summary>
internal sealed class TrippingStore(IBlobStore inner) : IBlobStore
{
    private int calls;

    /// <summary>Calls since it was set last.</summary>
    public int Calls
    {
        get => Volatile.Read(ref calls);
        set => Volatile.Write(ref calls, value);
    }

    /// <summary>The call before which it happens, from 1; 0 for none.</summary>
    public int TripAt { get; set; }

    /// <summary>What happens.</summary>
    public Func<Task> Trip { get; set; } = () => Task.CompletedTask;

    /// <inheritdoc />
    public async Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken)
    {
        await CountAsync();
        return await inner.OpenAsync(name, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken)
    {
        await CountAsync();
        return await inner.FindAsync(name, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        await CountAsync();
        return await inner.WriteAsync(name, content, condition, metadata, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken)
    {
        await CountAsync();
        return await inner.DeleteAsync(name, condition, cancellationToken);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await CountAsync();
        await foreach (var entry in inner.ListAsync(container, prefix, cancellationToken))
        {
            yield return entry;
        }
    }

    private Task CountAsync() => Interlocked.Increment(ref calls) == TripAt ? Trip() : Task.CompletedTask;
}
