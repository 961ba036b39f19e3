using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Corpus;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Privacy;

/// <summary>
/// Forgets a post: the post as pushed, its document, its lines in every corpus, tokens and checkpoints made of them, and what reports quote of
/// it. Models that learnt from it cannot unlearn it; they are marked, never take over again, and the one in service makes training due.
/// Broken off, it is run again.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="cacheFolders">Local folders in which jobs keep tokens.</param>
/// <param name="clock">Dates marks.</param>
public sealed class PostForgetter(IBlobStore store, IReadOnlyList<string> cacheFolders, TimeProvider clock)
{
    private const string RunFile = "/state.json";

    private readonly ForgottenPosts _forgotten = new(store, clock);
    private readonly DocumentStore _documents = new(store);
    private readonly ModelStore _models = new(store);
    private readonly RoutingStore _routing = new(store);
    private readonly PostRecords _records = new(store);

    /// <summary>Forgets a post.</summary>
    /// <param name="path">Its path in the blog's repository.</param>
    /// <exception cref="FormatException">Something stored is damaged or of a newer format; the message names it.</exception>
    /// <exception cref="RegistryException">The same of a manifest or of the routing.</exception>
    public async Task<ForgetResult> ForgetAsync(string path, CancellationToken cancellationToken)
    {
        // First: whatever comes in meanwhile finds the entry.
        var entry = await _forgotten.AddAsync(path, cancellationToken);
        var document = await _documents.DeleteAsync(path, cancellationToken);
        var post = await store.DeleteAsync(new BlobName(Containers.Posts, path), BlobCondition.None, cancellationToken);
        var (corpora, alike, known) = await CorporaAsync(path, cancellationToken);
        var (models, unsure) = await MarkAsync(entry, corpora, known, cancellationToken);
        string[] marked = [.. models, .. unsure];
        var stable = await RouteAsync(marked, cancellationToken);
        await store.DeleteAsync(new BlobName(Containers.Registry, "corpus.json"), BlobCondition.None, cancellationToken);
        return new(
            post,
            document,
            corpora,
            await RunsAsync(corpora, cancellationToken),
            models,
            unsure,
            await RecordsAsync(path, cancellationToken),
            DeleteTokens(corpora),
            alike,
            stable);
    }

    private async Task<(List<string> Changed, List<string> Alike, HashSet<string> Known)> CorporaAsync(string path, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in store.ListAsync(Containers.Corpora, "", cancellationToken))
        {
            known.Add(blob.Name.Path.Split('/')[0]);
        }

        var (changed, alike) = (new List<string>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var id in known.Order(StringComparer.Ordinal))
        {
            if (await CorpusFiles.ReadReportAsync(store, id, cancellationToken) is { } report)
            {
                alike.UnionWith(report.Duplicates.Where(pair => pair.Kept == path).Select(pair => pair.Path));
                alike.UnionWith(report.Duplicates.Where(pair => pair.Path == path).Select(pair => pair.Kept));
            }

            if (await CorpusFiles.RemoveAsync(store, id, path, clock.GetUtcNow(), cancellationToken))
            {
                changed.Add(id);
            }
        }

        return (changed, [.. alike], known);
    }

    private async Task<(List<string> Models, List<string> Unsure)> MarkAsync(ForgottenPost entry, List<string> corpora, HashSet<string> known, CancellationToken cancellationToken)
    {
        var (models, unsure) = (new List<string>(), new List<string>());
        foreach (var version in await _models.ListAsync(cancellationToken).ToListAsync(cancellationToken))
        {
            if (await _models.ReadManifestAsync(version, cancellationToken) is not { } manifest)
            {
                continue;
            }

            // What was marked by a run that broke off counts as found: its corpus is clean by now.
            var learnt = corpora.Contains(manifest.CorpusId) || manifest.Forgotten.Any(mark => mark.Post == entry.Post);
            if (learnt || (!known.Contains(manifest.CorpusId) && manifest.Created < entry.Time))
            {
                await _models.MarkForgottenAsync(version, entry, cancellationToken);
                (learnt ? models : unsure).Add(version);
            }
        }

        return (models, unsure);
    }

    private async Task<bool> RouteAsync(string[] marked, CancellationToken cancellationToken)
    {
        var table = await _routing.UpdateAsync(
            current =>
            {
                var changed = current.Candidate is { } candidate && marked.Contains(candidate)
                    ? current.Refuse(candidate, "It learnt from a post that was to be forgotten since.", clock.GetUtcNow())
                    : current;
                return changed.LastGood is { } good && marked.Contains(good) ? changed with { LastGood = null } : changed;
            },
            cancellationToken);
        return table.Stable is { } stable && marked.Contains(stable);
    }

    // Weights in the making and the vocabulary hold the post as much as the corpus does; the log and the settings do not.
    private async Task<List<string>> RunsAsync(List<string> corpora, CancellationToken cancellationToken)
    {
        var runs = new List<string>();
        await foreach (var blob in store.ListAsync(Containers.Runs, "", cancellationToken))
        {
            if (blob.Name.Path.EndsWith(RunFile, StringComparison.Ordinal) && await store.ReadAsync(blob.Name, cancellationToken) is var (bytes, _)
                && ReadCorpus(bytes) is { } corpus && corpora.Contains(corpus))
            {
                runs.Add(blob.Name.Path[..^RunFile.Length]);
            }
        }

        foreach (var run in runs)
        {
            foreach (var part in new[] { "checkpoints/", "tokenizer/", "model/", "samples.md" })
            {
                foreach (var blob in await store.ListAsync(Containers.Runs, $"{run}/{part}", cancellationToken).ToListAsync(cancellationToken))
                {
                    await store.DeleteAsync(blob.Name, BlobCondition.None, cancellationToken);
                }
            }
        }

        return runs;
    }

    private static string? ReadCorpus(byte[] state)
    {
        try
        {
            return JsonSerializer.Deserialize(state, RunCorpusJson.Default.RunCorpus)?.CorpusId;
        }
        catch (JsonException)
        {
            // Of no run that anybody could go on with.
            return null;
        }
    }

    private async Task<int> RecordsAsync(string path, CancellationToken cancellationToken)
    {
        var changed = 0;
        foreach (var day in await _records.ListAsync(cancellationToken).Select(record => record.Card.Day).ToListAsync(cancellationToken))
        {
            changed += await RecordAsync(day, path, cancellationToken) ? 1 : 0;
        }

        return changed;
    }

    private async Task<bool> RecordAsync(DateOnly day, string path, CancellationToken cancellationToken)
    {
        while (await _records.ReadAsync(day, cancellationToken) is var (record, etag) && record.Card.Candidates.Any(candidate => candidate.Copied.Any(run => run.Path == path)))
        {
            IReadOnlyList<CandidateReport> candidates = [.. record.Card.Candidates.Select(candidate => candidate with { Copied = [.. candidate.Copied.Where(run => run.Path != path)] })];
            try
            {
                await _records.WriteAsync(record with { Card = record.Card with { Candidates = candidates } }, BlobCondition.Matches(etag), cancellationToken);
                return true;
            }
            catch (BlobConditionException)
            {
                // Changed meanwhile: look again.
            }
        }

        return false;
    }

    private int DeleteTokens(List<string> corpora)
    {
        var files = cacheFolders.Select(folder => Path.Combine(folder, "tokens")).Where(Directory.Exists)
            .SelectMany(folder => corpora.SelectMany(id => Directory.EnumerateFiles(folder, $"{id}-*")))
            .Distinct()
            .ToList();
        files.ForEach(File.Delete);
        return files.Count;
    }
}

/// <summary>What a run's <c>state.json</c> says of its corpus.</summary>
internal sealed record RunCorpus(string? CorpusId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunCorpus))]
internal sealed partial class RunCorpusJson : JsonSerializerContext;
