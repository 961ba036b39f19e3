using System.Runtime.CompilerServices;
using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Generation.Batching;
using Pipeline.Generation.Drafts;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Serving;

/// <summary>
/// The models in service: one loaded copy a version for the whole process, taken from the checked local cache. A version that no longer
/// serves is freed when its last user is done.
/// </summary>
internal sealed class ServingModels(RoutingStore routing, ModelStore models, ModelCache cache, IBlobStore? corpora = null) : IDisposable
{
    // Of the corpus that guesses are taken from: about half a million tokens, in memory a few megabytes.
    private const int MostCharacters = 1 << 21;

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<string, Loaded> loaded = new(StringComparer.Ordinal);

    /// <summary>Borrows the stable model; dispose the loan when done.</summary>
    /// <exception cref="NoModelException">No version is in service yet.</exception>
    /// <exception cref="ModelException">The version's files cannot be loaded.</exception>
    public async Task<Loan> BorrowAsync(CancellationToken cancellationToken)
    {
        var table = await routing.ReadAsync(cancellationToken);
        return await BorrowAsync(table, table.Stable ?? throw new NoModelException(), cancellationToken);
    }

    /// <summary>Borrows the model that the weights give to a request.</summary>
    /// <param name="key">What names the request; the same key gets the same version while the weights stay.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="NoModelException">No version is in service yet.</exception>
    /// <exception cref="ModelException">The version's files cannot be loaded.</exception>
    public async Task<Loan> BorrowForAsync(string key, CancellationToken cancellationToken)
    {
        var table = await routing.ReadAsync(cancellationToken);
        return await BorrowAsync(table, table.Choose(key) ?? throw new NoModelException(), cancellationToken);
    }

    /// <summary>Borrows the version that runs in the shadow: tried on real requests, but answering none. Null if there is none.</summary>
    /// <exception cref="ModelException">The version's files cannot be loaded.</exception>
    public async Task<Loan?> BorrowShadowAsync(CancellationToken cancellationToken)
    {
        var table = await routing.ReadAsync(cancellationToken);
        return table.Shadow is { } shadow ? await BorrowAsync(table, shadow, cancellationToken) : null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var model in loaded.Values)
        {
            model.Dispose();
        }

        loaded.Clear();
        gate.Dispose();
    }

    private async Task<Loan> BorrowAsync(RoutingTable table, string version, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            foreach (var retired in loaded.Keys.Where(known => known != table.Stable && known != table.Candidate && known != version).ToList())
            {
                loaded.Remove(retired, out var model);
                model!.Dispose();
            }

            if (!loaded.TryGetValue(version, out var serving))
            {
                serving = await LoadAsync(version, cancellationToken);
                loaded.Add(version, serving);
            }

            return serving.Borrow();
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<Loaded> LoadAsync(string version, CancellationToken cancellationToken)
    {
        var manifest = await models.ReadManifestAsync(version, cancellationToken)
            ?? throw new ModelException($"The version {version} is in service but its manifest is gone from the store. Roll back, or train again.");
        var folder = await cache.GetAsync(version, cancellationToken);
        var model = LanguageModel.Load(folder, manifest.ServingFile);
        return new(manifest, model, await LearntAsync(manifest.CorpusId, model, cancellationToken), () => cache.Release(version));
    }

    // What the model learnt from, to guess what it says next. It only makes it faster: without it, it says the same.
    private async Task<DraftIndex?> LearntAsync(string corpus, LanguageModel model, CancellationToken cancellationToken)
    {
        if (corpora is null || model.Engine != DecoderEngine.Own)
        {
            return null;
        }

        try
        {
            var (texts, left) = (new List<IReadOnlyList<int>>(), MostCharacters);
            await foreach (var line in CorpusFiles.ReadLinesAsync(corpora, corpus, CorpusFiles.TrainFile, cancellationToken))
            {
                if ((left -= line.Text.Length) < 0)
                {
                    break;
                }

                texts.Add([.. model.Tokenizer.Encode(line.Text)]);
            }

            return DraftIndex.Build(texts);
        }
        catch (Exception exception) when (exception is IOException or FormatException)
        {
            return null;
        }
    }

    /// <summary>A model that stays loaded until the loan is returned.</summary>
    internal sealed class Loan(Loaded loaded) : IDisposable
    {
        /// <summary>What the version says of itself.</summary>
        public ModelManifest Manifest => loaded.Manifest;

        /// <summary>The model.</summary>
        public LanguageModel Model => loaded.Model;

        /// <summary>Generates a text token by token, together with the other requests of this model.</summary>
        /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
        public IAsyncEnumerable<GeneratedToken> StreamAsync(GenerationRequest request, CancellationToken cancellationToken) => loaded.StreamAsync(request, cancellationToken);

        /// <inheritdoc />
        public void Dispose() => loaded.Dispose();
    }

    /// <summary>A loaded model and how many hold it, the registry included.</summary>
    internal sealed class Loaded(ModelManifest manifest, LanguageModel model, DraftIndex? learnt, Action unloaded) : IDisposable
    {
        // On ONNX Runtime a text would depend on those beside it, so there each is computed alone and as many at once as there are cores.
        private readonly SemaphoreSlim alone = new(Environment.ProcessorCount);
        private readonly Lazy<BatchScheduler> batch = new(() => new(model, BatchScheduler.RowsFor(model), learnt));
        private int holders = 1;

        public ModelManifest Manifest => manifest;

        public LanguageModel Model => model;

        public Loan Borrow()
        {
            Interlocked.Increment(ref holders);
            return new(this);
        }

        public IAsyncEnumerable<GeneratedToken> StreamAsync(GenerationRequest request, CancellationToken cancellationToken) =>
            model.Engine == DecoderEngine.Own ? batch.Value.StreamAsync(request, cancellationToken) : StreamAloneAsync(request, cancellationToken);

        /// <summary>Gives up one hold; the last frees the model.</summary>
        public void Dispose()
        {
            if (Interlocked.Decrement(ref holders) == 0)
            {
                if (batch.IsValueCreated)
                {
                    batch.Value.Dispose();
                }

                alone.Dispose();
                model.Dispose();
                unloaded();
            }
        }

        private async IAsyncEnumerable<GeneratedToken> StreamAloneAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await alone.WaitAsync(cancellationToken);
            try
            {
                await foreach (var token in new TextGenerator(model).StreamAsync(request, cancellationToken))
                {
                    yield return token;
                }
            }
            finally
            {
                alone.Release();
            }
        }
    }
}

/// <summary>No version is in service yet.</summary>
internal sealed class NoModelException() : Exception("No model is in service yet. Train one: POST /api/train, or 'once'.");
