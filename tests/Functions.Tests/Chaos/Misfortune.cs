using System.Runtime.CompilerServices;
using Pipeline.Functions.Tests.Faults;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>
/// What may go wrong at a border: the process dies, or the other side fails, each before or after the call was obeyed. At most one thing
/// goes wrong in a run, at a call that chance has chosen.
/// </summary>
internal sealed class Misfortune(Random random)
{
    private int left = int.MaxValue;
    private bool deadly;
    private bool afterwards;

    /// <summary>Whether anything goes wrong at all.</summary>
    public bool Allowed { get; set; } = true;

    /// <summary>Deaths so far.</summary>
    public int Deaths { get; private set; }

    /// <summary>Failures of the other side so far.</summary>
    public int Failures { get; private set; }

    /// <summary>Draws what happens in the run that begins.</summary>
    /// <param name="chance">How probable it is that anything does.</param>
    public void Draw(double chance)
    {
        var (happens, call) = (random.NextDouble() < chance, random.Next(1, 30));
        (left, deadly, afterwards) = (Allowed && happens ? call : int.MaxValue, random.Next(2) == 0, random.Next(2) == 0);
    }

    /// <summary>Makes a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="failure">What the other side's failure looks like.</param>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, Func<Exception> failure)
    {
        var here = Interlocked.Decrement(ref left) == 0;
        if (here && !afterwards)
        {
            throw Happen(failure);
        }

        var result = await call();
        return here ? throw Happen(failure) : result;
    }

    private Exception Happen(Func<Exception> failure)
    {
        if (deadly)
        {
            Deaths++;
            return new ProcessDiedException();
        }

        Failures++;
        return failure();
    }
}

/// <summary>A store that fails, or in whose calls the process dies.</summary>
internal sealed class UnluckyStore(IBlobStore inner, Misfortune misfortune) : IBlobStore
{
    /// <inheritdoc />
    public Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken) => CallAsync(() => inner.OpenAsync(name, cancellationToken));

    /// <inheritdoc />
    public Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken) => CallAsync(() => inner.FindAsync(name, cancellationToken));

    /// <inheritdoc />
    public Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken) =>
        CallAsync(() => inner.WriteAsync(name, content, condition, metadata, cancellationToken));

    /// <inheritdoc />
    public Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken) => CallAsync(() => inner.DeleteAsync(name, condition, cancellationToken));

    /// <inheritdoc />
    public async IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await CallAsync(() => Task.FromResult(true));
        await foreach (var entry in inner.ListAsync(container, prefix, cancellationToken))
        {
            yield return entry;
        }
    }

    private Task<T> CallAsync<T>(Func<Task<T>> call) => misfortune.CallAsync(call, () => new BlobStoreException("The store is away for a moment."));
}
