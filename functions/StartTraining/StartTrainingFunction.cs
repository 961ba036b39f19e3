using Pipeline.Functions.Hosting;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.StartTraining;

/// <summary>Runs on a timer: starts the job when the corpus is another than the one that the model in service learned from.</summary>
internal sealed partial class StartTrainingFunction(CorpusWatch corpus, ITrainingLauncher launcher, ILogger<StartTrainingFunction> logger) : ITimerFunction
{
    /// <inheritdoc />
    public async Task RunAsync(TimerTrigger timer, CancellationToken cancellationToken)
    {
        switch (await corpus.LookAsync(cancellationToken))
        {
            case CorpusState.Changed changed:
                var start = await launcher.StartAsync(new(), cancellationToken);
                if (start.Started)
                {
                    Log.Started(logger, changed.Id, start.Run.Id);
                }
                else
                {
                    Log.AlreadyRunning(logger, start.Run.Id);
                }

                break;
            case CorpusState.Known known:
                Log.NothingNew(logger, known.Version);
                break;
            case CorpusState.Empty:
                Log.NoPosts(logger);
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The corpus is now {Corpus}: the training run {Run} starts.")]
        public static partial void Started(ILogger logger, string corpus, string run);

        [LoggerMessage(2, LogLevel.Information, "The corpus has changed, but the training run {Run} is still going on.")]
        public static partial void AlreadyRunning(ILogger logger, string run);

        [LoggerMessage(3, LogLevel.Information, "The model {Version} knows the corpus as it is.")]
        public static partial void NothingNew(ILogger logger, string version);

        [LoggerMessage(4, LogLevel.Information, "There is no post to learn from yet.")]
        public static partial void NoPosts(ILogger logger);
    }
}
