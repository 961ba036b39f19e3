using Pipeline.Generation;
using Pipeline.Registry;

namespace Pipeline.Functions.Serving;

/// <summary>
/// The models in service: one loaded copy a version for the whole process, taken from the checked local cache. A version that no longer
/// serves is freed when its last user is done.
/// </summary>
internal sealed class ServingModels(RoutingStore routing, ModelStore models, ModelCache cache) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private Loaded? current;

    /// <summary>Borrows the model that serves now; dispose the loan when done.</summary>
    /// <exception cref="NoModelException">No version is in service yet.</exception>
    /// <exception cref="ModelException">The version's files cannot be loaded.</exception>
    public async Task<Loan> BorrowAsync(CancellationToken cancellationToken)
    {
        var version = (await routing.ReadAsync(cancellationToken)).Stable ?? throw new NoModelException();
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (current?.Manifest.Version != version)
            {
                var loaded = await LoadAsync(version, cancellationToken);
                current?.Release();
                current = loaded;
            }

            return current.Borrow();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        current?.Release();
        gate.Dispose();
    }

    private async Task<Loaded> LoadAsync(string version, CancellationToken cancellationToken)
    {
        var manifest = await models.ReadManifestAsync(version, cancellationToken)
            ?? throw new ModelException($"The version {version} is in service but its manifest is gone from the store. Roll back, or train again.");
        var folder = await cache.GetAsync(version, cancellationToken);
        return new(manifest, LanguageModel.Load(folder, manifest.ServingFile), () => cache.Release(version));
    }

    /// <summary>A model that stays loaded until the loan is returned.</summary>
    internal sealed class Loan(Loaded loaded) : IDisposable
    {
        /// <summary>What the version says of itself.</summary>
        public ModelManifest Manifest => loaded.Manifest;

        /// <summary>The model.</summary>
        public LanguageModel Model => loaded.Model;

        /// <inheritdoc />
        public void Dispose() => loaded.Release();
    }

    /// <summary>A loaded model and how many hold it, the registry included.</summary>
    internal sealed class Loaded(ModelManifest manifest, LanguageModel model, Action unloaded)
    {
        private int holders = 1;

        public ModelManifest Manifest => manifest;

        public LanguageModel Model => model;

        public Loan Borrow()
        {
            Interlocked.Increment(ref holders);
            return new(this);
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref holders) == 0)
            {
                model.Dispose();
                unloaded();
            }
        }
    }
}

/// <summary>No version is in service yet.</summary>
internal sealed class NoModelException() : Exception("No model is in service yet. Train one: POST /api/train, or 'once'.");
