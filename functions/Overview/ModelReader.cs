using Pipeline.Feedback;
using Pipeline.Registry;

namespace Pipeline.Functions.Overview;

/// <summary>Reads the versions, their figures and what people thought of them.</summary>
internal sealed class ModelReader(ModelStore models, RoutingStore routing, FeedbackStore feedback, TimeProvider clock)
{
    private static readonly TimeSpan FeedbackAge = TimeSpan.FromDays(30);

    /// <summary>All versions. One whose manifest is damaged is left out: the history says why it was refused.</summary>
    public async Task<ModelsAnswer> ReadAsync(CancellationToken cancellationToken)
    {
        var table = await routing.ReadAsync(cancellationToken);
        var rewards = (await feedback.ReadSinceAsync(clock.GetUtcNow() - FeedbackAge, cancellationToken))
            .Where(entry => entry.Version is not null)
            .ToLookup(entry => entry.Version!, entry => entry.Reward, StringComparer.Ordinal);
        var found = new List<ModelSummary>();
        await foreach (var version in models.ListAsync(cancellationToken))
        {
            if (await FindAsync(version, cancellationToken) is { } manifest)
            {
                found.Add(Summary(manifest, table, [.. rewards[version]]));
            }
        }

        return new(table.Stable, table.Candidate, table.Pinned, table.LastGood, [.. found.OrderByDescending(model => model.Created)], [.. table.History.Reverse()]);
    }

    private async Task<ModelManifest?> FindAsync(string version, CancellationToken cancellationToken)
    {
        try
        {
            return await models.ReadManifestAsync(version, cancellationToken);
        }
        catch (RegistryException)
        {
            return null;
        }
    }

    private static ModelSummary Summary(ModelManifest manifest, RoutingTable table, IReadOnlyCollection<double> rewards) => new()
    {
        Version = manifest.Version,
        Role = manifest.Version == table.Stable ? ModelRole.Stable
            : manifest.Version == table.Shadow ? ModelRole.Shadow
            : manifest.Version == table.Candidate ? ModelRole.Candidate
            : manifest.Version == table.LastGood ? ModelRole.LastGood
            : ModelRole.Retired,
        Weight = table.Weights.GetValueOrDefault(manifest.Version),
        Created = manifest.Created,
        CorpusId = manifest.CorpusId,
        Run = manifest.Run,
        BaseModel = manifest.BaseModel,
        Seed = manifest.Seed,
        Parameters = manifest.Shape.Parameters,
        Layers = manifest.Shape.Layers,
        Width = manifest.Shape.Width,
        Context = manifest.Shape.Context,
        Vocabulary = manifest.Shape.Vocabulary,
        TrainLoss = manifest.Metrics.TrainLoss,
        ValidationLoss = manifest.Metrics.ValidationLoss,
        Perplexity = manifest.Metrics.Perplexity,
        Documents = manifest.Metrics.Documents,
        TrainTokens = manifest.Metrics.TrainTokens,
        Seconds = manifest.Metrics.Seconds,
        Bytes = manifest.Length,
        Votes = rewards.Count,
        Reward = rewards.Count == 0 ? null : rewards.Average(),
    };
}
