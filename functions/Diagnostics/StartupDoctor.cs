using Pipeline.Diagnostics;

namespace Pipeline.Functions.Diagnostics;

/// <summary>Looks briefly at what the app stands on once it has started, and logs what is not as it should be.</summary>
internal sealed partial class StartupDoctor(PipelineSettings settings, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<StartupDoctor> logger) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first request does not wait for it.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ready = lifetime.ApplicationStarted.Register(started.SetResult);
        var good = 0;
        try
        {
            await started.Task.WaitAsync(stoppingToken);
            await foreach (var finding in new AppDoctor(settings, clock).LookBrieflyAsync(stoppingToken))
            {
                if (finding.Kind == FindingKind.Good)
                {
                    good++;
                }
                else
                {
                    Log.Found(logger, finding.Line);
                }
            }

            Log.Looked(logger, good);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The app ends before it was looked at.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Doctor: {Good} things are as they should be; the command 'doctor' looks at all.")]
        public static partial void Looked(ILogger logger, int good);

        [LoggerMessage(2, LogLevel.Warning, "Doctor: {Finding}")]
        public static partial void Found(ILogger logger, string finding);
    }
}
