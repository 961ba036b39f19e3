using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure;
using Pipeline.Storage;

namespace Pipeline.Functions.Overview;

/// <summary>
/// Remembers in the store which functions failed on what, until they succeed on it, so that the page can say so whoever runs them.
/// Nothing depends on it: where the store itself is what fails, a failure is only logged.
/// </summary>
internal sealed partial class FailureLog(IBlobStore store, TimeProvider clock, ILogger<FailureLog> logger)
{
    private const string Prefix = "failures/";
    private const int HashDigits = 16;
    private const int LongestMessage = 2000;

    // The store may hold failures that another process noted.
    private static readonly TimeSpan ListAge = TimeSpan.FromMinutes(1);

    // The answer of a run waits for this: a store that hangs must not hold it up, nor keep it past its deadline.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);
    private long? listed;

    /// <summary>Notes a failure.</summary>
    /// <param name="function">The function.</param>
    /// <param name="subject">The blob that it was given; empty for a timer or a request.</param>
    /// <param name="message">What went wrong, without secrets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task NoteAsync(string function, string subject, string message, CancellationToken cancellationToken)
    {
        var failure = new StepFailure(function, subject, message.Length > LongestMessage ? message[..LongestMessage] : message, clock.GetUtcNow());
        var path = PathOf(function, subject);
        await TryAsync(
            async limited =>
            {
                await store.WriteAsync(new(Containers.Registry, path), JsonSerializer.SerializeToUtf8Bytes(failure, StepFailureJson.Default.StepFailure), BlobCondition.None, limited);
                known[path] = true;
            },
            cancellationToken);
    }

    /// <summary>Forgets a failure, since the function has succeeded.</summary>
    public async Task ForgetAsync(string function, string subject, CancellationToken cancellationToken) => await TryAsync(
        async limited =>
        {
            if (listed is not { } time || clock.GetElapsedTime(time) > ListAge)
            {
                listed = clock.GetTimestamp();
                await foreach (var entry in store.ListAsync(Containers.Registry, Prefix, limited))
                {
                    known[entry.Name.Path] = true;
                }
            }

            var path = PathOf(function, subject);
            if (known.TryRemove(path, out _))
            {
                await store.DeleteAsync(new(Containers.Registry, path), BlobCondition.None, limited);
            }
        },
        cancellationToken);

    /// <summary>What has failed and not succeeded since, the newest first.</summary>
    public async Task<IReadOnlyList<StepFailure>> ReadAsync(CancellationToken cancellationToken)
    {
        var failures = new List<StepFailure>();
        await foreach (var entry in store.ListAsync(Containers.Registry, Prefix, cancellationToken))
        {
            if (await store.ReadAsync(entry.Name, cancellationToken) is var (bytes, _) && Parse(bytes) is { } failure)
            {
                failures.Add(failure);
            }
        }

        return [.. failures.OrderByDescending(failure => failure.Time)];
    }

    private static StepFailure? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, StepFailureJson.Default.StepFailure) is { Format: StepFailure.CurrentFormat, Function: not null, Message: not null } failure ? failure : null;
        }
        catch (JsonException)
        {
            // Put there by hand; it says nothing.
            return null;
        }
    }

    private static string PathOf(string function, string subject) =>
        $"{Prefix}{FlowSteps.WorkOf(function)}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))[..HashDigits]}.json";

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await work(limited.Token);
        }
        catch (Exception exception) when (exception is IOException or RequestFailedException or UnauthorizedAccessException || (exception is OperationCanceledException && limited.IsCancellationRequested))
        {
            Log.NotKept(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        // A run that failed has said so in a line of its own, and the store's failure is most often its cause.
        [LoggerMessage(1, LogLevel.Debug, "What failed or succeeded could not be noted for the page: {Reason}")]
        public static partial void NotKept(ILogger logger, string reason);
    }
}
