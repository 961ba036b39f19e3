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
        // The first start counts as a run: a new installation owes nothing.
        var last = ReadLast() ?? await RememberAsync(clock.GetUtcNow(), cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            if (last > clock.GetUtcNow())
            {
                // The clock was set back, and from its former time on nothing would run until it comes there again.
                last = await RememberAsync(clock.GetUtcNow(), cancellationToken);
            }

            if (schedule.Next(last) is not { } due)
            {
                Log.NeverAgain(logger, function.Name);
                return;
            }

            var now = clock.GetUtcNow();
            if (due > now)
            {
                var wait = due - now;
                await Task.Delay(wait < LongestWait ? wait : LongestWait, clock, cancellationToken);
                continue;
            }

            // Noted before the run: a run that kills the process is not repeated for ever.
            last = await RememberAsync(now, cancellationToken);
            try
            {
                await handler.RunTimerAsync(function, isPastDue: now - due > LongestWait, cancellationToken);
            }
            catch (Exception exception) when (exception is FunctionFailedException or HttpRequestException)
            {
                Log.Failed(logger, function.Name, exception.Message);
            }
        }
    }

    private DateTimeOffset? ReadLast() =>
        AtomicJson.Read(stateFile, LocalJson.Default.TimerRuns) is { } runs && runs.TryGetValue(function.Name, out var last) ? last : null;

    private async Task<DateTimeOffset> RememberAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        await AtomicJson.WriteAsync(stateFile, new Dictionary<string, DateTimeOffset> { [function.Name] = time }, LocalJson.Default.TimerRuns, cancellationToken);
        return time;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Function} failed; it runs again at its next time. {Reason}")]
        public static partial void Failed(ILogger logger, string function, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The schedule of {Function} has no further time.")]
        public static partial void NeverAgain(ILogger logger, string function);
    }
}
