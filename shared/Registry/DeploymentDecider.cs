using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>Decides on published versions and puts the decision in force, any number of deciders at once.</summary>
public sealed class DeploymentDecider(IBlobStore store, TimeProvider clock)
{
    private readonly ModelStore _models = new(store);
    private readonly RoutingStore _routing = new(store);

    /// <summary>Judges a version against the one in service at that moment.</summary>
    /// <returns>The decision, or null if the version is not there (any more).</returns>
    /// <exception cref="RegistryException">The version's manifest, or the routing, is not sound.</exception>
    public async Task<DeploymentDecision?> DecideAsync(string version, CancellationToken cancellationToken)
    {
        if (await _models.ReadManifestAsync(version, cancellationToken) is not { } candidate)
        {
            return null;
        }

        DeploymentDecision? decision = null;
        await _routing.UpdateAsync(
            async (table, token) =>
            {
                var stable = table.Stable is { } serving ? await _models.ReadManifestAsync(serving, token) : null;
                decision = DeploymentDecision.Decide(table, candidate, stable, clock);
                return decision.Table;
            },
            cancellationToken);
        return decision;
    }
}
