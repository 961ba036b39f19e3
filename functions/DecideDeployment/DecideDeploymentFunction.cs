using Pipeline.Functions.Hosting;
using Pipeline.Registry;

namespace Pipeline.Functions.DecideDeployment;

/// <summary>Runs when a model's manifest appears, which is written last: decides whether the version serves, and notes why.</summary>
internal sealed partial class DecideDeploymentFunction(DeploymentDecider decider, ILogger<DecideDeploymentFunction> logger) : IBlobFunction
{
    /// <inheritdoc />
    public async Task RunAsync(BlobTrigger blob, CancellationToken cancellationToken)
    {
        var version = blob.Path[..blob.Path.IndexOf('/', StringComparison.Ordinal)];
        switch (await decider.DecideAsync(version, cancellationToken))
        {
            case DeploymentDecision.Promoted promoted:
                Log.Promoted(logger, version, promoted.Reason);
                break;
            case DeploymentDecision.Refused refused:
                Log.Refused(logger, version, refused.Reason);
                break;
            case DeploymentDecision.Unchanged:
                Log.Unchanged(logger, version);
                break;
            case null:
                Log.Gone(logger, version);
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Version} is in service: {Reason}")]
        public static partial void Promoted(ILogger logger, string version, string reason);

        [LoggerMessage(2, LogLevel.Warning, "{Version} is refused: {Reason}")]
        public static partial void Refused(ILogger logger, string version, string reason);

        [LoggerMessage(3, LogLevel.Information, "{Version} was decided on before.")]
        public static partial void Unchanged(ILogger logger, string version);

        [LoggerMessage(4, LogLevel.Information, "The manifest of {Version} is gone; nothing is decided.")]
        public static partial void Gone(ILogger logger, string version);
    }
}
