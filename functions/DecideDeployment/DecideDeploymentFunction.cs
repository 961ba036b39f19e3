using Pipeline.Functions.Hosting;
using Pipeline.Registry;

namespace Pipeline.Functions.DecideDeployment;

/// <summary>Runs when a model's manifest appears, which is written last: decides whether the version serves, and notes why.</summary>
internal sealed partial class DecideDeploymentFunction(
    DeploymentDecider decider, ModelStore models, RoutingStore routing, TimeProvider clock, ILogger<DecideDeploymentFunction> logger) : IBlobFunction
{
    /// <inheritdoc />
    public async Task RunAsync(BlobTrigger blob, CancellationToken cancellationToken)
    {
        var version = blob.Path[..blob.Path.IndexOf('/', StringComparison.Ordinal)];
        if (await DamageOfAsync(version, cancellationToken) is { } damage)
        {
            // Reading it again would find the same: it is refused, not tried again.
            await RefuseAsync(version, damage, cancellationToken);
            return;
        }

        switch (await decider.DecideAsync(version, cancellationToken))
        {
            case DeploymentDecision.Promoted promoted:
                Log.Promoted(logger, version, promoted.Reason);
                break;
            case DeploymentDecision.Tried tried:
                Log.Tried(logger, version, tried.Table.Weights.GetValueOrDefault(version), tried.Reason);
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

    private async Task<string?> DamageOfAsync(string version, CancellationToken cancellationToken)
    {
        try
        {
            await models.ReadManifestAsync(version, cancellationToken);
            return null;
        }
        catch (RegistryException exception)
        {
            return exception.Message;
        }
    }

    private async Task RefuseAsync(string version, string damage, CancellationToken cancellationToken)
    {
        await routing.UpdateAsync(
            table => table.Stable == version || table.History.Any(change => change.Version == version && change.Reason == damage) ? table : table.Refuse(version, damage, clock.GetUtcNow()),
            cancellationToken);
        Log.Refused(logger, version, damage);
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

        [LoggerMessage(5, LogLevel.Information, "{Version} is tried with {Hundredths} hundredths of the requests: {Reason}")]
        public static partial void Tried(ILogger logger, string version, int hundredths, string reason);
    }
}
