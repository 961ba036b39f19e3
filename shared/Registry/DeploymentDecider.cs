using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>Decides on published versions and puts the decision in force, any number of deciders at once.</summary>
/// <param name="store">Where models and routing lie.</param>
/// <param name="clock">Dates the history.</param>
/// <param name="policy">How versions take over.</param>
/// <param name="examine">Measures a candidate against the stable version; null compares what the manifests say.</param>
public sealed class DeploymentDecider(IBlobStore store, TimeProvider clock, DeploymentPolicy? policy = null, IDeploymentExaminer? examine = null)
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

        // What costs time is found out once, however often the table changes meanwhile.
        var fault = await FaultAsync(candidate, cancellationToken);
        var rivals = policy is { OnlyBest: true } ? await RivalsAsync(candidate, cancellationToken) : [];
        var examined = new Dictionary<string, (HeldOutComparison? Comparison, string? Fault)>(StringComparer.Ordinal);
        DeploymentDecision? decision = null;
        await _routing.UpdateAsync(
            async (table, token) =>
            {
                var stable = table.Stable is { } serving ? await _models.ReadManifestAsync(serving, token) : null;
                var (comparison, unfit) = fault is null && stable is not null && stable.Version != candidate.Version && stable.CorpusId != candidate.CorpusId
                    ? await ExamineAsync(candidate, stable, examined, token)
                    : (null, null);
                decision = DeploymentDecision.Decide(table, candidate, stable, clock, new()
                {
                    Hundredths = policy?.Hundredths,
                    OnlyBest = policy?.OnlyBest ?? false,
                    Rivals = rivals,
                    Trying = table.Candidate is { } trying && trying != version ? await _models.ReadManifestAsync(trying, token) : null,
                    Comparison = comparison,
                    Fault = fault ?? unfit,
                });
                return decision.Table;
            },
            cancellationToken);
        return decision;
    }

    private async Task<(HeldOutComparison? Comparison, string? Fault)> ExamineAsync(
        ModelManifest candidate, ModelManifest stable, Dictionary<string, (HeldOutComparison? Comparison, string? Fault)> examined, CancellationToken cancellationToken)
    {
        if (examine is null)
        {
            return (null, null);
        }

        if (!examined.TryGetValue(stable.Version, out var result))
        {
            result = await examine.ExamineAsync(candidate, stable, cancellationToken);
            examined.Add(stable.Version, result);
        }

        return result;
    }

    /// <summary>A manifest promises files: they must be there, of the promised length.</summary>
    private async Task<string?> FaultAsync(ModelManifest candidate, CancellationToken cancellationToken)
    {
        foreach (var (path, file) in candidate.Files)
        {
            if (await store.FindAsync(ModelStore.BlobOf(candidate.Version, path), cancellationToken) is var found && found?.Length != file.Length)
            {
                return found is null ? $"Its file {path} is missing." : $"Its file {path} has {found.Length} bytes instead of {file.Length}.";
            }
        }

        return null;
    }

    private async Task<IReadOnlyList<ModelManifest>> RivalsAsync(ModelManifest candidate, CancellationToken cancellationToken)
    {
        var rivals = new List<ModelManifest>();
        await foreach (var version in _models.ListAsync(cancellationToken))
        {
            if (version != candidate.Version && await _models.ReadManifestAsync(version, cancellationToken) is { } rival)
            {
                rivals.Add(rival);
            }
        }

        return rivals;
    }
}

/// <summary>How versions take over.</summary>
/// <param name="Hundredths">The share of the requests that a good version gets at first; 0 is the shadow, null lets it take over at once.</param>
/// <param name="OnlyBest">Whether a version must be the best of all of its corpus.</param>
public sealed record DeploymentPolicy(int? Hundredths = null, bool OnlyBest = false);

/// <summary>Measures a version where manifests alone do not tell.</summary>
public interface IDeploymentExaminer
{
    /// <summary>Compares two versions that learnt from different corpora on the posts that the candidate's corpus holds out.</summary>
    /// <returns>The figures, null if they could not be had; and what is wrong with the candidate, null if nothing is.</returns>
    Task<(HeldOutComparison? Comparison, string? Fault)> ExamineAsync(ModelManifest candidate, ModelManifest stable, CancellationToken cancellationToken);
}
