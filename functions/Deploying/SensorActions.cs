using Pipeline.Costs;
using Pipeline.Deployment;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.Functions.Training;
using Pipeline.Publishing;
using Pipeline.Registry;

namespace Pipeline.Functions.Deploying;

/// <summary>Does what a sensor says.</summary>
internal sealed partial class SensorActions(
    ITrainingLauncher launcher, RoutingStore routing, DailyPost posts, PipelineSettings settings, TimeProvider clock, ILogger<SensorActions> logger)
{
    // Seeds of models that are asked for again are apart from those of the best of several.
    private const int SeedStep = 1000;

    /// <summary>Does it.</summary>
    /// <param name="sensor">The sensor that has gone off.</param>
    /// <param name="reason">Why, in a sentence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was done, in a sentence; or why nothing was.</returns>
    public async Task<string> RunAsync(SensorPart sensor, string reason, CancellationToken cancellationToken)
    {
        string done;
        try
        {
            done = sensor.Do switch
            {
                "train" => await TrainAsync(sensor.Force, cancellationToken),
                "rollback" => await RollBackAsync(reason, cancellationToken),
                _ => await PublishAsync(cancellationToken),
            };
        }
        catch (Exception exception) when (exception is CapReachedException or RegistryException or NoModelException or BlogRepositoryException)
        {
            done = exception.Message;
        }

        Log.Fired(logger, sensor.Name, reason, done);
        return done;
    }

    private async Task<string> TrainAsync(bool force, CancellationToken cancellationToken)
    {
        // The same corpus and seed would give the same model again.
        var start = await launcher.StartAsync(new(Seed: force ? settings.Seed + (int)(clock.GetUtcNow().ToUnixTimeSeconds() % SeedStep * SeedStep) : null), cancellationToken);
        return start.Started ? $"Training {start.Run.Id} starts." : $"Training {start.Run.Id} is going on already.";
    }

    private async Task<string> RollBackAsync(string reason, CancellationToken cancellationToken)
    {
        var table = await routing.UpdateAsync(table => table.RollBack(reason, clock.GetUtcNow()), cancellationToken);
        return $"{table.Stable} serves again.";
    }

    private async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        var answer = await posts.WriteNextAsync(cancellationToken);
        return answer.Path is { } path ? $"The post {path} was written." : $"No post: {answer.Reason}";
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The sensor {Sensor} went off: {Reason} {Done}")]
        public static partial void Fired(ILogger logger, string sensor, string reason, string done);
    }
}
