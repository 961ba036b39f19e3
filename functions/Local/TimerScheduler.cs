using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Local;

/// <summary>
/// Runs one timer function on its schedule: never two runs at once, and a run that was missed while nothing was running is made up
/// for once at the start.
/// </summary>
internal sealed partial class TimerScheduler(
    HandlerClient handler, FunctionDefinition function, NcronSchedule schedule, string stateFile, TimeProvider clock, ILogger<TimerScheduler> logger)
{
    // Long waits are cut so that a changed clock is noticed.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var turns = new TimerTurns(function.Name, schedule, function.Retry, stateFile);
        while (!cancellationToken.IsCancellationRequested)
        {
            var now = clock.GetUtcNow();
            if (await turns.NextAsync(now, cancellationToken) is not { } due)
            {
                Log.NeverAgain(logger, function.Name);
                return;
            }

            if (due > now)
            {
                var wait = due - now;
                await Task.Delay(wait < LongestWait ? wait : LongestWait, clock, cancellationToken);
                continue;
            }

            await turns.BeginAsync(now, cancellationToken);
            var succeeded = await RunOnceAsync(isPastDue: now - due > LongestWait, cancellationToken);
            if (await turns.EndAsync(clock.GetUtcNow(), succeeded, cancellationToken))
            {
                Log.Again(logger, function.Name, function.Retry!.DelayInterval);
            }
        }
    }

    private async Task<bool> RunOnceAsync(bool isPastDue, CancellationToken cancellationToken)
    {
        try
        {
            await handler.RunTimerAsync(function, isPastDue, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is FunctionFailedException or HttpRequestException)
        {
            Log.Failed(logger, function.Name, exception.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Function} failed. {Reason}")]
        public static partial void Failed(ILogger logger, string function, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The schedule of {Function} has no further time.")]
        public static partial void NeverAgain(ILogger logger, string function);

        [LoggerMessage(3, LogLevel.Information, "{Function} is tried again in {Pause}.")]
        public static partial void Again(ILogger logger, string function, TimeSpan pause);
    }
}
