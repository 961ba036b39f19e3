using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Corpus;
using Pipeline.Functions.Serving;
using Pipeline.Posts;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.WatchDeployment;

/// <summary>Whether the blog has moved away from the model: its perplexity on posts that came after it, against that on its held-out posts.</summary>
internal sealed class DriftMeter(IBlobStore store, ServingModels models)
{
    /// <summary>Times the held-out perplexity that is still no drift.</summary>
    public const double Allowed = 1.25;

    private const int FewestPosts = 3;
    private const int MostPosts = 10;
    private const int MostTokensAPost = 150;

    // Scoring costs seconds: the same posts and model are scored once.
    private (string Key, string? Alarm)? last;

    /// <summary>The alarm in a sentence, or null if there is no drift or too little to tell.</summary>
    public async Task<string?> LookAsync(ModelManifest stable, CancellationToken cancellationToken)
    {
        if (stable.Metrics.Perplexity is not { } heldOut)
        {
            return null;
        }

        var entries = await NewAsync(stable.Created, cancellationToken);
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(stable.Version + string.Concat(entries.Select(entry => $"\n{entry.Name} {entry.ETag}")))));
        if (last is { } known && known.Key == key)
        {
            return known.Alarm;
        }

        var alarm = await MeasureAsync(stable, heldOut, entries, cancellationToken);
        last = (key, alarm);
        return alarm;
    }

    private async Task<List<BlobEntry>> NewAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var entries = new List<BlobEntry>();
        await foreach (var entry in store.ListAsync(Containers.Documents, "", cancellationToken))
        {
            if (entry.LastModified > since)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private async Task<string?> MeasureAsync(ModelManifest stable, double heldOut, List<BlobEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.Count < FewestPosts)
        {
            return null;
        }

        var known = await KnownAsync(stable.CorpusId, cancellationToken);
        var posts = new List<PostDocument>();
        foreach (var entry in entries)
        {
            if (await store.ReadAsync(entry.Name, cancellationToken) is var (bytes, _) && PostDocument.FromJson(bytes) is { Skipped: null } document
                && !string.IsNullOrWhiteSpace(document.Text) && !known.Contains(document.Path))
            {
                posts.Add(document);
            }
        }

        if (posts.Count < FewestPosts)
        {
            return null;
        }

        using var loan = await models.BorrowAsync(cancellationToken);
        if (loan.Manifest.Version != stable.Version)
        {
            return null;
        }

        var (nats, tokens) = (0.0, 0);
        foreach (var post in posts.OrderByDescending(post => post.Date ?? DateTimeOffset.MinValue).Take(MostPosts))
        {
            var score = await TextScore.OfAsync(loan.Model, TrainingText.Format(post), MostTokensAPost, cancellationToken);
            nats += score.Nats;
            tokens += score.Tokens;
        }

        var perplexity = Math.Exp(nats / tokens);
        return perplexity <= Allowed * heldOut ? null : string.Create(
            CultureInfo.InvariantCulture, $"Its perplexity on {Math.Min(posts.Count, MostPosts)} newer posts is {perplexity:0.#}, more than {Allowed} times the {heldOut:0.#} of its held-out posts.");
    }

    private async Task<HashSet<string>> KnownAsync(string corpus, CancellationToken cancellationToken)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in new[] { CorpusFiles.TrainFile, CorpusFiles.ValidationFile })
        {
            try
            {
                await foreach (var line in CorpusFiles.ReadLinesAsync(store, corpus, file, cancellationToken))
                {
                    paths.Add(line.Path);
                }
            }
            catch (FileNotFoundException)
            {
                // The corpus was removed to save room; the posts' times must tell.
            }
        }

        return paths;
    }
}
