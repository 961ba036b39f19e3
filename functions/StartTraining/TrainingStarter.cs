using System.Globalization;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.StartTraining;

/// <summary>Starts training runs, one at a time in all processes that share the store, and holds the lease while one goes on.</summary>
internal sealed partial class TrainingStarter(ITrainingLauncher launcher, TrainingLease lease, TimeProvider clock, ILogger<TrainingStarter> logger) : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource stop = new();
    private Task keeping = Task.CompletedTask;

    /// <summary>Starts a run.</summary>
    /// <returns>The run's id, or null if one is going on.</returns>
    public async Task<string?> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        var run = clock.GetUtcNow().ToString("'run-'yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        if (!await lease.TryTakeAsync(run, cancellationToken))
        {
            return null;
        }

        if (!launcher.TryStart(request))
        {
            await lease.ReleaseAsync(run, "not started", version: null, cancellationToken);
            return null;
        }

        var outcome = launcher.Current!;
        if (outcome.IsFaulted)
        {
            await lease.ReleaseAsync(run, "failed", version: null, cancellationToken);
            await outcome;
        }

        keeping = KeepAsync(run, outcome);
        return run;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task KeepAsync(string run, Task<TrainingOutcome> outcome)
    {
        try
        {
            while (!outcome.IsCompleted)
            {
                await Task.WhenAny(outcome, Task.Delay(BetweenRenewals, clock, stop.Token));
                if (stop.IsCancellationRequested)
                {
                    // The run is asked to save elsewhere; that this process is gone frees the lease.
                    return;
                }

                if (!outcome.IsCompleted)
                {
                    await lease.RenewAsync(run, stop.Token);
                }
            }

            var (state, version) = outcome.IsCompletedSuccessfully ? StateOf(await outcome) : ("failed", null);
            await lease.ReleaseAsync(run, state, version, stop.Token);
            Log.Ended(logger, run, state, outcome.Exception?.GetBaseException().Message ?? "");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The lease runs out by itself.
            Log.NotKept(logger, run, exception.Message);
        }
    }

    private static (string State, string? Version) StateOf(TrainingOutcome outcome) => outcome.ExitCode switch
    {
        0 => ("done", outcome.Result?.Version),
        3 => ("interrupted", null),
        _ => ("failed", null),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Training {Run} is {State}. {Reason}")]
        public static partial void Ended(ILogger logger, string run, string state, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The lease of training {Run} could not be kept: {Reason}")]
        public static partial void NotKept(ILogger logger, string run, string reason);
    }
}
