using System.Globalization;
using Pipeline.Functions.StartTraining;

namespace Pipeline.Functions.Training;

/// <summary>A launcher that starts nothing while another process that shares the store trains.</summary>
internal sealed partial class LeasedTrainer(
    ITrainingLauncher inner, TrainingLease lease, TrainingCancellation cancellation, TimeProvider clock, ILogger<LeasedTrainer> logger) : ITrainingLauncher, IAsyncDisposable
{
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromMinutes(1);

    // Another process that is asked to cancel cannot reach the run but through the store.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stop = new();
    private string? held;
    private Task keeping = Task.CompletedTask;

    /// <inheritdoc />
    public async Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        var name = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfffffff'Z'", CultureInfo.InvariantCulture);
        if (await lease.TakeAsync(name, held, cancellationToken) is { } other)
        {
            return new(false, new() { Id = other.Run, State = TrainingRunState.Running, Started = other.Started });
        }

        TrainingStart start;
        try
        {
            start = await inner.StartAsync(request, cancellationToken);
        }
        catch
        {
            await lease.ReleaseAsync(name, CancellationToken.None);
            throw;
        }

        held = name;
        keeping = KeepAsync(name, clock.GetUtcNow());
        return start;
    }

    /// <inheritdoc />
    public Task<TrainingRun?> FindAsync(CancellationToken cancellationToken) => inner.FindAsync(cancellationToken);

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
        {
            return;
        }

        await stop.CancelAsync();
        await keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task KeepAsync(string name, DateTimeOffset started)
    {
        try
        {
            var renewed = clock.GetTimestamp();
            while ((await inner.FindAsync(stop.Token))?.State == TrainingRunState.Running)
            {
                await Task.Delay(BetweenLooks, clock, stop.Token);
                if ((await cancellation.ReadAsync(stop.Token))?.Time > started)
                {
                    await inner.StopAsync(stop.Token);
                }

                if (clock.GetElapsedTime(renewed) < BetweenRenewals)
                {
                    continue;
                }

                renewed = clock.GetTimestamp();
                if (!await lease.RenewAsync(name, stop.Token))
                {
                    return;
                }
            }

            await lease.ReleaseAsync(name, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // This process ends, and that it is gone frees the lease.
        }
        catch (IOException exception)
        {
            // The lease runs out by itself.
            Log.NotKept(logger, name, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The lease of training {Run} could not be kept: {Reason}")]
        public static partial void NotKept(ILogger logger, string run, string reason);
    }
}
