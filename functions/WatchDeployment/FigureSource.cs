using Pipeline.Costs;
using Pipeline.Functions.Hosting;
using Pipeline.Publishing;
using Pipeline.Registry;

namespace Pipeline.Functions.WatchDeployment;

/// <summary>Gathers what the metrics say of the model in service, its posts and the month.</summary>
internal sealed class FigureSource(RoutingStore routing, ModelStore models, PostRecords records, MonthlyCap cap, TimeProvider clock)
{
    // A month of posts.
    private const int LastPosts = 30;
    private const string SeenRuns = "seen runs of 8 tokens";
    private static readonly TimeSpan Window = TimeSpan.FromDays(90);

    /// <summary>The figures as they are now.</summary>
    /// <exception cref="FormatException">Something stored is damaged or of a newer format.</exception>
    /// <exception cref="RegistryException">The same of the routing or the manifest.</exception>
    public async Task<Figures> ReadAsync(CancellationToken cancellationToken)
    {
        var stable = (await routing.ReadAsync(cancellationToken)).Stable;
        var manifest = stable is null ? null : await models.ReadManifestAsync(stable, cancellationToken);
        var since = clock.GetUtcNow() - Window;
        var posts = await records.ListAsync(cancellationToken).Where(record => record.Created >= since && record.Reason is null).ToListAsync(cancellationToken);
        var copied = posts.TakeLast(LastPosts).SelectMany(post => post.Chosen.Figures.Where(figure => figure.Name == SeenRuns)).Select(figure => figure.Value).ToList();
        var decided = posts.Where(post => post.Outcome is not null).ToList();
        var spending = await cap.ReadAsync(cancellationToken);
        return new(
            stable,
            manifest?.Metrics.Perplexity,
            copied.Count == 0 ? null : copied.Average(),
            decided.Count == 0 ? null : decided.Average(post => post.Outcome is "merged" or "edited" ? 1.0 : 0.0),
            new Dictionary<string, double> { ["training"] = spending.TrainingCost, ["posts"] = spending.PostCost, ["samples"] = spending.SampleCost },
            spending.Currency);
    }
}
