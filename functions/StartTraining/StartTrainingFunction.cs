using System.Diagnostics;
using Pipeline.Costs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.StartTraining;

/// <summary>
/// Runs on a timer: starts the job on the first corpus, and again when enough of the corpus is another than the one that the model in
/// service learned from, each time only after it has been quiet for a while, so that an import is trained on as a whole. When the month's
/// money for training is spent, it starts none and stops the one that runs; that one goes on when there is money again.
/// </summary>
internal sealed partial class StartTrainingFunction(
    CorpusWatch corpus,
    ITrainingLauncher launcher,
    TrainingCancellation cancellation,
    MonthlyCap cap,
    SampleMeter samples,
    PipelineSettings settings,
    TimeProvider clock,
    ILogger<StartTrainingFunction> logger) : ITimerFunction
{
    /// <summary>The share of the corpus's tokens that must be new.</summary>
    internal const double EnoughNew = 0.02;

    /// <inheritdoc />
    public async Task RunAsync(TimerTrigger timer, CancellationToken cancellationToken)
    {
        await samples.SaveAsync(cancellationToken);
        try
        {
            await cap.DemandTrainingAsync(cancellationToken);
        }
        catch (CapReachedException exception)
        {
            Log.CapReached(logger, exception.Message);
            await StopAsync(cancellationToken);
            return;
        }

        switch (await corpus.LookAsync(cancellationToken))
        {
            case CorpusState.Changed changed when changed.Share < EnoughNew:
                Log.TooLittle(logger, changed.Share);
                break;
            case CorpusState.Changed changed when clock.GetUtcNow() - changed.LastChange < TimeSpan.FromMinutes(settings.QuietMinutes):
                Log.NotQuiet(logger, changed.LastChange);
                break;
            case CorpusState.Changed changed when (await cancellation.ReadAsync(cancellationToken))?.CorpusId == changed.Id:
                Log.Cancelled(logger, changed.Id);
                break;
            case CorpusState.Changed changed:
                await StartAsync(changed, cancellationToken);
                break;
            case CorpusState.Known known:
                Log.NothingNew(logger, known.Version);
                break;
            case CorpusState.Empty:
                Log.NoPosts(logger);
                break;
        }
    }

    private async Task StartAsync(CorpusState.Changed changed, CancellationToken cancellationToken)
    {
        // The run belongs to the trace of the post that made it due.
        using var activity = Telemetry.Start("StartTraining run", ActivityKind.Producer, changed.Trace);
        var start = await launcher.StartAsync(new(), cancellationToken);
        if (start.Started)
        {
            Log.Started(logger, start.Run.Id, changed.Id, changed.Share);
        }
        else
        {
            Log.AlreadyRunning(logger, start.Run.Id);
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (await launcher.FindAsync(cancellationToken) is { State: TrainingRunState.Running } run)
        {
            Log.Stopping(logger, run.Id);
            await launcher.StopAsync(cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The corpus is now {Corpus}, {Share:P1} of it new: training {Run} starts.")]
        public static partial void Started(ILogger logger, string run, string corpus, double share);

        [LoggerMessage(2, LogLevel.Information, "The corpus has changed, but the training run {Run} is still going on.")]
        public static partial void AlreadyRunning(ILogger logger, string run);

        [LoggerMessage(3, LogLevel.Information, "The model {Version} knows the corpus as it is.")]
        public static partial void NothingNew(ILogger logger, string version);

        [LoggerMessage(4, LogLevel.Information, "There is no post to learn from yet.")]
        public static partial void NoPosts(ILogger logger);

        [LoggerMessage(5, LogLevel.Information, "Only {Share:P1} of the corpus is new; training waits for more.")]
        public static partial void TooLittle(ILogger logger, double share);

        [LoggerMessage(6, LogLevel.Information, "The corpus changed at {Time}; training waits until it has been quiet for a while.")]
        public static partial void NotQuiet(ILogger logger, DateTimeOffset time);

        [LoggerMessage(7, LogLevel.Warning, "The monthly cap is reached. {Reason}")]
        public static partial void CapReached(ILogger logger, string reason);

        [LoggerMessage(8, LogLevel.Warning, "Training {Run} is told to save and stop.")]
        public static partial void Stopping(ILogger logger, string run);

        [LoggerMessage(9, LogLevel.Information, "Training on the corpus {Corpus} was cancelled by a person; it starts again by hand, or when the corpus has changed.")]
        public static partial void Cancelled(ILogger logger, string corpus);
    }
}
