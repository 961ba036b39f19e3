using Pipeline.Costs;
using Pipeline.Feedback;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Generation;
using Pipeline.Registry;

namespace Pipeline.Functions.WatchDeployment;

/// <summary>
/// Runs on a timer: looks after what serves. A version whose texts are not wanted goes back to the last good one, and if there is none or
/// the blog has moved on, training starts where the corpus has changed. What is tried beside it takes over when its time is up, or leaves.
/// Before all that, the sensors of the deployment in force are looked at.
/// </summary>
internal sealed partial class WatchDeploymentFunction(
    RoutingStore routing,
    ModelStore models,
    FeedbackStore feedback,
    DriftMeter drift,
    ModelRetention retention,
    CorpusWatch corpus,
    ITrainingLauncher launcher,
    SensorWatch sensors,
    FigureSource figures,
    PipelineSettings settings,
    TimeProvider clock,
    ILogger<WatchDeploymentFunction> logger) : ITimerFunction
{
    // As much worse as a trial's mean reward may be by chance.
    private const double RewardMargin = 0.05;

    /// <inheritdoc />
    public async Task RunAsync(TimerTrigger timer, CancellationToken cancellationToken)
    {
        await sensors.LookAsync(cancellationToken);
        await WatchAsync(cancellationToken);
        Telemetry.Report(await figures.ReadAsync(cancellationToken));
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var table = await routing.ReadAsync(cancellationToken);
        if (table.Stable is not { } stable)
        {
            Log.Nothing(logger);
            return;
        }

        foreach (var version in await retention.ApplyAsync(cancellationToken))
        {
            Log.Removed(logger, version);
        }

        var now = clock.GetUtcNow();
        var words = await feedback.ReadSinceAsync(now - TimeSpan.FromDays(90), cancellationToken);
        var alarms = DeploymentAlarms.Of(stable, words, DeploymentAlarms.Since(table, stable), now, settings.RewardThreshold);
        if (alarms.Count > 0)
        {
            await RollBackAsync(stable, string.Join(' ', alarms), cancellationToken);
            await TrainAsync(string.Join(' ', alarms), cancellationToken);
            return;
        }

        if (await DriftAsync(stable, cancellationToken) is { } drifted)
        {
            Log.Alarm(logger, stable, drifted);
            if (!await TrainAsync(drifted, cancellationToken))
            {
                await RollBackAsync(stable, drifted, cancellationToken);
            }

            return;
        }

        if (table.Candidate is { } candidate)
        {
            await JudgeTrialAsync(stable, candidate, words, now, cancellationToken);
        }
    }

    private async Task<string?> DriftAsync(string stable, CancellationToken cancellationToken)
    {
        try
        {
            return await models.ReadManifestAsync(stable, cancellationToken) is { } manifest ? await drift.LookAsync(manifest, cancellationToken) : null;
        }
        catch (Exception exception) when (exception is ModelException or RegistryException)
        {
            // It serves nobody: that is worse than any reward.
            return $"It cannot be loaded: {exception.Message}";
        }
    }

    private async Task RollBackAsync(string stable, string reason, CancellationToken cancellationToken)
    {
        var table = await routing.UpdateAsync(
            current => current.Stable == stable && current is { LastGood: not null, Pinned: null } ? current.RollBack(reason, clock.GetUtcNow()) : current,
            cancellationToken);
        if (table.Stable == stable)
        {
            Log.Alarm(logger, stable, reason);
        }
        else
        {
            Log.RolledBack(logger, stable, table.Stable ?? "nothing", reason);
        }
    }

    private async Task<bool> TrainAsync(string reason, CancellationToken cancellationToken)
    {
        if (await corpus.LookAsync(cancellationToken) is not CorpusState.Changed)
        {
            return false;
        }

        try
        {
            var start = await launcher.StartAsync(new(), cancellationToken);
            if (start.Started)
            {
                Log.Training(logger, start.Run.Id, reason);
            }

            return true;
        }
        catch (CapReachedException exception)
        {
            Log.NoMoney(logger, exception.Message);
            return false;
        }
    }

    private async Task JudgeTrialAsync(string stable, string candidate, IReadOnlyList<FeedbackEntry> words, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await routing.UpdateAsync(
            table =>
            {
                if (table.Stable != stable || table.Candidate != candidate)
                {
                    return table;
                }

                var since = DeploymentAlarms.Since(table, candidate);
                var alarms = DeploymentAlarms.Of(candidate, words, since, now, settings.RewardThreshold).ToList();
                var mine = DeploymentAlarms.MeanReward(words.Where(entry => entry.Version == candidate && entry.Time >= since), now);
                var theirs = DeploymentAlarms.MeanReward(words.Where(entry => entry.Version == stable), now);
                if (mine < theirs - RewardMargin)
                {
                    alarms.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Its mean reward is {mine:0.##}, that of {stable} {theirs:0.##}."));
                }

                return alarms.Count > 0 ? table.Refuse(candidate, string.Join(' ', alarms), now)
                    : table.Pinned is null && now - since >= TimeSpan.FromHours(settings.CanaryHours) ? table.Promote(candidate, $"It was tried for {settings.CanaryHours} hours and nothing spoke against it.", now)
                    : table;
            },
            cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(6, LogLevel.Information, "{Version} is old and does not serve: its files are removed.")]
        public static partial void Removed(ILogger logger, string version);

        [LoggerMessage(1, LogLevel.Information, "No model is in service; there is nothing to watch.")]
        public static partial void Nothing(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "{Version} does badly, and there is no earlier version to roll back to, or it is pinned: {Reason}")]
        public static partial void Alarm(ILogger logger, string version, string reason);

        [LoggerMessage(3, LogLevel.Warning, "{Version} was taken out of service for {Good}: {Reason}")]
        public static partial void RolledBack(ILogger logger, string version, string good, string reason);

        [LoggerMessage(4, LogLevel.Information, "Training {Run} starts: {Reason}")]
        public static partial void Training(ILogger logger, string run, string reason);

        [LoggerMessage(5, LogLevel.Warning, "Training does not start. {Reason}")]
        public static partial void NoMoney(ILogger logger, string reason);
    }
}
