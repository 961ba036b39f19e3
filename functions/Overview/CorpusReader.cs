using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Corpus;
using Pipeline.Posts;
using Pipeline.Storage;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Overview;

/// <summary>Describes the corpus. Documents are read only when they have changed, or for a search of their texts.</summary>
internal sealed class CorpusReader(IBlobStore store, DocumentStore documents) : IDisposable
{
    private const int ExcerptBefore = 60;
    private const int ExcerptLength = 200;
    private static readonly BlobName Blob = new(Containers.Registry, "corpus-overview.json");

    private readonly SemaphoreSlim gate = new(1, 1);
    private CorpusOverview? last;

    /// <summary>The corpus, and a page of its posts.</summary>
    /// <param name="query">What the title, path, tags, categories or text must hold; null for every post.</param>
    /// <param name="page">The page, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CorpusAnswer> ReadAsync(string? query, int page, CancellationToken cancellationToken)
    {
        var overview = await OverviewAsync(cancellationToken);
        query = string.IsNullOrWhiteSpace(query) ? null : query.Trim();
        var found = query is null ? [.. overview.Posts.Select(post => new FoundPost(post, null))] : await SearchAsync(overview, query, cancellationToken);
        return new(
            overview.Report,
            overview.Posts.Sum(post => (long)post.Tokens),
            overview.Posts.GroupBy(YearOf).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(post => (long)post.Tokens)),
            query,
            found.Count,
            page,
            [.. found.Skip((page - 1) * CorpusAnswer.PageLength).Take(CorpusAnswer.PageLength)]);
    }

    /// <summary>The corpus without its texts.</summary>
    public async Task<CorpusOverview> OverviewAsync(CancellationToken cancellationToken)
    {
        var fingerprint = await FingerprintAsync(cancellationToken);
        await gate.WaitAsync(cancellationToken);
        try
        {
            return last = last?.Fingerprint == fingerprint ? last : await RecallAsync(fingerprint, cancellationToken) ?? await BuildAsync(fingerprint, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => gate.Dispose();

    private async Task<string> FingerprintAsync(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var entry in store.ListAsync(Containers.Documents, "", cancellationToken))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Name.Path}\n{entry.ETag}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task<CorpusOverview?> RecallAsync(string fingerprint, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(Blob, cancellationToken) is not var (bytes, _))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, OverviewJson.Default.CorpusOverview) is { Format: CorpusOverview.CurrentFormat, Report: not null, Posts: not null } kept
                && kept.Fingerprint == fingerprint ? kept : null;
        }
        catch (JsonException)
        {
            // It only saves work: the documents say the same.
            return null;
        }
    }

    private async Task<CorpusOverview> BuildAsync(string fingerprint, CancellationToken cancellationToken)
    {
        var corpus = CorpusBuilder.Build(await documents.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken), new CorpusOptions());
        var tokenizer = BpeTokenizer.Gpt2();
        var overview = new CorpusOverview(
            fingerprint,
            corpus.Report,
            [.. corpus.Train.Select(post => Row(post, heldOut: false)).Concat(corpus.Validation.Select(post => Row(post, heldOut: true))).OrderByDescending(post => post.Date)]);
        await store.WriteAsync(Blob, JsonSerializer.SerializeToUtf8Bytes(overview, OverviewJson.Default.CorpusOverview), BlobCondition.None, cancellationToken);
        return overview;

        CorpusRow Row(PostDocument post, bool heldOut) => new(
            post.Path, post.Title, post.Date, post.Categories, post.Tags, post.Language, post.Words, tokenizer.Encode(TrainingText.Format(post)).Count, heldOut);
    }

    private async Task<List<FoundPost>> SearchAsync(CorpusOverview overview, string query, CancellationToken cancellationToken)
    {
        var excerpts = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var document in documents.ReadAllAsync(cancellationToken))
        {
            if (document.Text.IndexOf(query, StringComparison.OrdinalIgnoreCase) is >= 0 and var place)
            {
                excerpts[document.Path] = Excerpt(document.Text, place);
            }
        }

        return
        [
            .. overview.Posts
                .Where(post => Names(post).Any(name => name.Contains(query, StringComparison.OrdinalIgnoreCase)) || excerpts.ContainsKey(post.Path))
                .Select(post => new FoundPost(post, excerpts.GetValueOrDefault(post.Path))),
        ];
    }

    private static IEnumerable<string> Names(CorpusRow post) => [post.Title, post.Path, .. post.Tags, .. post.Categories];

    private static string Excerpt(string text, int place)
    {
        var start = Math.Max(0, place - ExcerptBefore);
        var end = Math.Min(text.Length, start + ExcerptLength);
        // No half of a surrogate pair at either end.
        start += start > 0 && char.IsLowSurrogate(text[start]) ? 1 : 0;
        end -= end < text.Length && char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
        return $"{(start > 0 ? "…" : "")}{text[start..end].Replace('\n', ' ')}{(end < text.Length ? "…" : "")}";
    }

    private static string YearOf(CorpusRow post) => post.Date?.Year.ToString(CultureInfo.InvariantCulture) ?? "undated";
}
