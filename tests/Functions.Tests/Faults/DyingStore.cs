using System.Runtime.CompilerServices;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Faults;

/// <summary>The process that uses this store dies at one of its calls: the call is done or not done, and no later one ever is.</summary>
internal sealed class DyingStore(IBlobStore inner, int callsToLive, bool lastCallIsDone) : IBlobStore
{
    private int calls;

    /// <inheritdoc />
    public async Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken) => await LiveAsync(() => inner.OpenAsync(name, cancellationToken));

    /// <inheritdoc />
    public async Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken) => await LiveAsync(() => inner.FindAsync(name, cancellationToken));

    /// <inheritdoc />
    public async Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken) =>
        await LiveAsync(() => inner.WriteAsync(name, content, condition, metadata, cancellationToken));

    /// <inheritdoc />
    public async Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken) =>
        await LiveAsync(() => inner.DeleteAsync(name, condition, cancellationToken));

    /// <inheritdoc />
    public async IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await LiveAsync(() => Task.FromResult(true));
        await foreach (var entry in inner.ListAsync(container, prefix, cancellationToken))
        {
            yield return entry;
        }
    }

    private async Task<T> LiveAsync<T>(Func<Task<T>> call)
    {
        var number = Interlocked.Increment(ref calls);
        if (number < callsToLive || (number == callsToLive && lastCallIsDone))
        {
            var result = await call();
            return number < callsToLive ? result : throw new ProcessDiedException();
        }

        throw new ProcessDiedException();
    }
}

/// <summary>The process is no more.</summary>
internal sealed class ProcessDiedException() : Exception("The process died here.");
