using Pipeline.Registry;
using Pipeline.Runs;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Models in a store. If that is a folder, the run's files lie in it as they are written; otherwise they are copied there meanwhile.</summary>
internal sealed class StoreDestination : ModelDestination
{
    private readonly IBlobStore _store;
    private readonly ModelStore _models;
    private readonly TimeProvider _clock;
    private readonly bool _local;

    /// <param name="store">The store.</param>
    /// <param name="location">Where it is; for a folder store its path.</param>
    /// <param name="work">The local folder for the runs of a store that is no folder.</param>
    /// <param name="clock">Says when a model was made.</param>
    public StoreDestination(IBlobStore store, string location, string work, TimeProvider clock)
    {
        _store = store;
        _models = new ModelStore(store);
        _clock = clock;
        _local = store is FolderBlobStore;
        RunsFolder = Path.Combine(Path.GetFullPath(_local ? location : work), Containers.Runs);

        // In a folder store the cache has a name that no container can have.
        CacheFolder = _local ? Path.Combine(Path.GetFullPath(location), ".cache") : Path.Combine(work, "cache");
    }

    /// <inheritdoc />
    public override string RunsFolder { get; }

    /// <inheritdoc />
    public override string CacheFolder { get; }

    /// <inheritdoc />
    public override async Task<RunState?> FindAsync(string version, CancellationToken cancellationToken)
    {
        if (await _models.ReadManifestAsync(version, cancellationToken) is not { } manifest)
        {
            return null;
        }

        // The manifest says that the version is there; the run, if it is still there, tells a little more.
        var file = await _store.ReadAsync(new BlobName(Containers.Runs, $"{manifest.Run}/{RunState.FileName}"), cancellationToken);
        var state = file is var (bytes, _) ? RunState.FromJson(bytes) : null;
        return (state ?? new RunState { Run = manifest.Run, Version = version, Status = RunStatus.Finished }) with
        {
            Version = version,
            Status = RunStatus.Finished,
            CorpusId = manifest.CorpusId,
            TrainLoss = manifest.Metrics.TrainLoss,
            ValidationLoss = manifest.Metrics.ValidationLoss,
            Perplexity = manifest.Metrics.Perplexity,
            Tokens = manifest.Metrics.Tokens,
            TrainedTokens = manifest.Metrics.TrainTokens,
            Documents = manifest.Metrics.Documents,
            Seconds = manifest.Metrics.Seconds,
            Cost = manifest.Metrics.Cost,
        };
    }

    /// <inheritdoc />
    public override async Task<string> PublishAsync(string modelFolder, TrainedModel model, CancellationToken cancellationToken)
    {
        var state = model.State;
        await _models.PublishAsync(
            modelFolder,
            new ModelManifest
            {
                Version = state.Version,
                CorpusId = state.CorpusId!,
                Run = state.Run,
                Created = _clock.GetUtcNow(),
                BaseModel = model.BaseModel,
                Seed = model.Seed,
                Shape = model.Shape,
                Tokenizer = model.Tokenizer,
                Settings = model.Settings,
                ServingFile = model.Export.ServingFile,
                ServingReason = model.Export.Reason,
                Golden = model.Golden,
                Privacy = model.Privacy,
                Metrics = new ModelMetrics
                {
                    TrainLoss = state.TrainLoss,
                    ValidationLoss = state.ValidationLoss,
                    Perplexity = state.Perplexity,
                    Float32Perplexity = ModelMetricsFile.Finite(model.Export.Perplexity),
                    EightBitPerplexity = ModelMetricsFile.Finite(model.Export.QuantizedPerplexity),
                    FourBitPerplexity = ModelMetricsFile.Finite(model.Export.FourBitPerplexity),
                    Tokens = state.Tokens,
                    TrainTokens = state.TrainedTokens,
                    Documents = state.Documents,
                    Seconds = state.Seconds,
                    Cost = state.Cost,
                },
            },
            cancellationToken);
        return $"{Containers.Models}/{state.Version}";
    }

    /// <inheritdoc />
    public override CheckpointMirror? Mirror(RunFolder run, RunView view) => _local ? null : new CheckpointMirror(_store, run, view, _clock);

    /// <inheritdoc />
    public override async Task ShareAsync(RunFolder run, CancellationToken cancellationToken)
    {
        if (_local)
        {
            return;
        }

        foreach (var path in new[] { run.Settings, run.Log, run.Chart, run.Samples, run.State }.Where(File.Exists))
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await _store.WriteAsync(new BlobName(Containers.Runs, $"{run.Name}/{Path.GetFileName(path)}"), content, BlobCondition.None, metadata: null, cancellationToken);
        }
    }
}
