using Pipeline.Functions.Hosting;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>
/// Finds blobs that a function has not handled yet and runs it for each, a few at a time, five tries each, as Azure's host does.
/// </summary>
internal sealed partial class BlobTriggerScanner(
    IBlobStore store, HandlerClient handler, FunctionDefinition function, ReceiptBook receipts, TimeProvider clock, ILogger<BlobTriggerScanner> logger)
{
    // As poisonBlobThreshold in host.json.
    private const int Tries = 5;

    // As maxDegreeOfParallelism in host.json.
    private const int AtOnce = 2;

    private const int SaveEvery = 500;

    private readonly BlobPattern pattern = new(function.Trigger.Path!);

    /// <summary>The function.</summary>
    public string Function => function.Name;

    /// <summary>The container that it looks at.</summary>
    public string Container => pattern.Container;

    /// <summary>Blobs that failed every try, with the last error.</summary>
    public IEnumerable<(string Name, string Error)> Poisoned => receipts.Poisoned;

    /// <summary>Has blobs that failed every try tried again, since a person asks for it who may have mended the cause.</summary>
    public void RetryPoisoned() => receipts.ForgetPoisoned();

    /// <summary>Runs the function for every blob that waits.</summary>
    /// <param name="progress">Told the number of blobs done so far.</param>
    /// <param name="cancellationToken">Ends the scan; receipts of what is done are kept.</param>
    /// <returns>How many blobs were handled, and how many of them failed every try.</returns>
    public async Task<(int Handled, int Failed)> ScanAsync(IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var handled = 0;
        var failed = 0;
        try
        {
            await Parallel.ForEachAsync(
                WaitingAsync(cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (blob, token) =>
                {
                    if (!await HandleAsync(blob.Entry, blob.Placeholders, token))
                    {
                        Interlocked.Increment(ref failed);
                    }

                    var count = Interlocked.Increment(ref handled);
                    progress?.Report(count);
                    if (count % SaveEvery == 0)
                    {
                        await receipts.SaveAsync(token);
                    }
                });
        }
        finally
        {
            if (handled > 0)
            {
                // Also when the scan was cancelled: what is done need not be done again.
                await receipts.SaveAsync(CancellationToken.None);
            }
        }

        return (handled, failed);
    }

    private async IAsyncEnumerable<(BlobEntry Entry, IReadOnlyDictionary<string, string> Placeholders)> WaitingAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListAsync(pattern.Container, "", cancellationToken))
        {
            if (pattern.Match(entry.Name.Path) is { } placeholders && !receipts.Has(entry.Name.Path, entry.ETag))
            {
                yield return (entry, placeholders);
            }
        }
    }

    private async Task<bool> HandleAsync(BlobEntry entry, IReadOnlyDictionary<string, string> placeholders, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await store.ReadAsync(entry.Name, cancellationToken) is not var (bytes, current))
            {
                // Gone before its turn came: nothing is left to do, as on Azure.
                return true;
            }

            try
            {
                await handler.RunBlobAsync(function, current, bytes, placeholders, cancellationToken);
                receipts.Add(entry.Name.Path, current.ETag, error: null);
                return true;
            }
            catch (FunctionFailedException exception) when (attempt < Tries)
            {
                Log.Retried(logger, entry.Name, attempt, exception.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), clock, cancellationToken);
            }
            catch (FunctionFailedException exception)
            {
                Log.Poisoned(logger, entry.Name, Tries, exception.Message);
                receipts.Add(entry.Name.Path, current.ETag, exception.Reason);
                return false;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Blob}: try {Attempt} failed: {Reason}")]
        public static partial void Retried(ILogger logger, BlobName blob, int attempt, string reason);

        [LoggerMessage(2, LogLevel.Error, "{Blob} failed {Tries} times and is set aside until it changes: {Reason}")]
        public static partial void Poisoned(ILogger logger, BlobName blob, int tries, string reason);
    }
}
