using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>
/// Keeps the store from growing for ever: of old versions only those that serve, are tried, are pinned or may be rolled back to stay, and
/// the newest few; with a version go its shadow's answers, and a corpus goes when no version is left that learnt from it.
/// </summary>
/// <param name="store">Has the models.</param>
/// <param name="clock">Tells their age.</param>
public sealed class ModelRetention(IBlobStore store, TimeProvider clock)
{
    /// <summary>The newest versions that stay whatever they do.</summary>
    public const int Newest = 5;

    /// <summary>What was written within this time stays: it may be under way, or not be decided on yet.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromDays(7);

    private readonly ModelStore _models = new(store);
    private readonly RoutingStore _routing = new(store);

    /// <summary>Removes what is not needed any more. Cut off anywhere, the next run goes on.</summary>
    /// <returns>The versions that were removed.</returns>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken)
    {
        var oldest = clock.GetUtcNow() - Young;
        var folders = await FoldersAsync(Containers.Models, cancellationToken);
        var known = new List<ModelManifest>();
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in folders.Keys)
        {
            try
            {
                if (await _models.ReadManifestAsync(version, cancellationToken) is { } manifest)
                {
                    known.Add(manifest);
                }
            }
            catch (RegistryException)
            {
                // What cannot be read stays: a person must look at it.
                kept.Add(version);
            }
        }

        // Read after the versions: what has taken over meanwhile is among those that stay.
        var table = await _routing.ReadAsync(cancellationToken);
        kept.UnionWith(new[] { table.Stable, table.Candidate, table.LastGood, table.Pinned }.OfType<string>());
        kept.UnionWith(known.OrderByDescending(manifest => manifest.Created).Take(Newest).Select(manifest => manifest.Version));
        var removed = new List<string>();
        foreach (var (version, written) in folders.Where(folder => !kept.Contains(folder.Key) && folder.Value < oldest))
        {
            // Without its manifest it is no version any more; the rest goes now or next time.
            await store.DeleteAsync(ModelStore.BlobOf(version, ModelManifest.FileName), BlobCondition.None, cancellationToken);
            await RemoveAsync(Containers.Models, $"{version}/", cancellationToken);
            await RemoveAsync(Containers.Registry, $"shadow/{version}/", cancellationToken);
            removed.Add(version);
        }

        var corpora = known.Where(manifest => !removed.Contains(manifest.Version)).Select(manifest => manifest.CorpusId).ToHashSet(StringComparer.Ordinal);
        foreach (var (corpus, _) in (await FoldersAsync(Containers.Corpora, cancellationToken)).Where(folder => !corpora.Contains(folder.Key) && folder.Value < oldest))
        {
            await RemoveAsync(Containers.Corpora, $"{corpus}/", cancellationToken);
        }

        return removed;
    }

    private async Task<Dictionary<string, DateTimeOffset>> FoldersAsync(string container, CancellationToken cancellationToken)
    {
        var folders = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (var entry in store.ListAsync(container, "", cancellationToken))
        {
            if (entry.Name.Path.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
            {
                var folder = entry.Name.Path[..slash];
                folders[folder] = folders.TryGetValue(folder, out var newest) && newest > entry.LastModified ? newest : entry.LastModified;
            }
        }

        return folders;
    }

    private async Task RemoveAsync(string container, string prefix, CancellationToken cancellationToken)
    {
        foreach (var entry in await store.ListAsync(container, prefix, cancellationToken).ToListAsync(cancellationToken))
        {
            await store.DeleteAsync(entry.Name, BlobCondition.None, cancellationToken);
        }
    }
}
