using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Corpus;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Tokenization;

namespace Pipeline.Functions.StartTraining;

/// <summary>How the corpus stands to the models.</summary>
internal abstract record CorpusState
{
    private CorpusState()
    {
    }

    /// <summary>There is no post to learn from.</summary>
    public sealed record Empty : CorpusState;

    /// <summary>A model has learned from it.</summary>
    public sealed record Known(string Version) : CorpusState;

    /// <summary>No model has learned from it yet.</summary>
    /// <param name="Id">The corpus.</param>
    /// <param name="Share">The share of its tokens that the model in service has not seen as they are; 1 if there is no model.</param>
    /// <param name="LastChange">When a document was written last.</param>
    public sealed record Changed(string Id, double Share, DateTimeOffset LastChange) : CorpusState
    {
        /// <summary>The trace that wrote the newest document, or null.</summary>
        public string? Trace { get; init; }
    }
}

/// <summary>
/// Compares the documents with what the published models learned from. The corpus is built anew only when the listing of the documents
/// has changed; what was found is kept as <c>registry/corpus.json</c> for the next process.
/// </summary>
internal sealed class CorpusWatch(IBlobStore store, DocumentStore documents, ModelStore models, RoutingStore routing, PipelineSettings settings)
{
    private CorpusLook? last;

    /// <summary>Where the last look is kept.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "corpus.json");

    /// <summary>How often the corpus was built.</summary>
    internal int Built { get; private set; }

    /// <summary>Looks once.</summary>
    public async Task<CorpusState> LookAsync(CancellationToken cancellationToken)
    {
        var (fingerprint, lastChange, trace) = await ListAsync(cancellationToken);
        var look = await RecallAsync(fingerprint, cancellationToken) ?? await BuildAsync(fingerprint, cancellationToken);
        last = look;
        if (look.Id.Length == 0)
        {
            return new CorpusState.Empty();
        }

        var stable = (await routing.ReadAsync(cancellationToken)).Stable;
        ModelManifest? newest = null;
        await foreach (var version in models.ListAsync(cancellationToken))
        {
            if (await models.ReadManifestAsync(version, cancellationToken) is not { } manifest)
            {
                continue;
            }

            if (manifest.CorpusId == look.Id)
            {
                return new CorpusState.Known(version);
            }

            newest = manifest.Version == stable || (newest?.Version != stable && !(manifest.Created <= newest?.Created)) ? manifest : newest;
        }

        // What learnt from a post that is to be forgotten is replaced, however little of the corpus that was.
        return new CorpusState.Changed(look.Id, newest is null or { PrivacyFault: not null } ? 1 : look.ChangedSince(await PostsOfAsync(newest.CorpusId, cancellationToken)), lastChange) { Trace = trace };
    }

    private async Task<(string Fingerprint, DateTimeOffset LastChange, string? Trace)> ListAsync(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(settings.Private.Stamp));
        var lastChange = DateTimeOffset.MinValue;
        string? trace = null;
        await foreach (var entry in store.ListAsync(Containers.Documents, "", cancellationToken))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Name.Path}\n{entry.ETag}\n"));
            if (entry.LastModified > lastChange)
            {
                lastChange = entry.LastModified;
                trace = entry.Metadata.GetValueOrDefault(TraceContext.Key);
            }
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), lastChange, trace);
    }

    private async Task<CorpusLook?> RecallAsync(string fingerprint, CancellationToken cancellationToken)
    {
        if (last?.Fingerprint == fingerprint)
        {
            return last;
        }

        if (await store.ReadAsync(Blob, cancellationToken) is not var (bytes, _))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, CorpusLookJson.Default.CorpusLook) is { Format: CorpusLook.CurrentFormat, Posts: not null } look && look.Fingerprint == fingerprint ? look : null;
        }
        catch (JsonException)
        {
            // It only saves work: the documents say the same.
            return null;
        }
    }

    private async Task<CorpusLook> BuildAsync(string fingerprint, CancellationToken cancellationToken)
    {
        Built++;
        var corpus = CorpusBuilder.Build(await documents.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken), new CorpusOptions { Private = settings.Private });
        var look = corpus.Train.Count == 0
            ? new CorpusLook(fingerprint, "", new Dictionary<string, CorpusPost>())
            : new CorpusLook(fingerprint, corpus.Id, corpus.Posts.ToDictionary(post => post.Path, post => CorpusPost.Of(TrainingText.Format(post), Count), StringComparer.Ordinal));
        await store.WriteAsync(Blob, JsonSerializer.SerializeToUtf8Bytes(look, CorpusLookJson.Default.CorpusLook), BlobCondition.None, cancellationToken);
        return look;
    }

    private async Task<IReadOnlyDictionary<string, CorpusPost>> PostsOfAsync(string corpus, CancellationToken cancellationToken)
    {
        var posts = new Dictionary<string, CorpusPost>(StringComparer.Ordinal);
        foreach (var file in new[] { CorpusFiles.TrainFile, CorpusFiles.ValidationFile })
        {
            try
            {
                await foreach (var line in CorpusFiles.ReadLinesAsync(store, corpus, file, cancellationToken))
                {
                    posts[line.Path] = CorpusPost.Of(line.Text, Count);
                }
            }
            catch (FileNotFoundException)
            {
                // Removed to save room: then everything counts as changed.
            }
        }

        return posts;
    }

    private static int Count(string text) => BpeTokenizer.Gpt2().Encode(text).Count;
}
