using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Models in a store. If that is a folder, the run's files lie in it as they are written; otherwise they are uploaded now and then.</summary>
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
    }

    /// <inheritdoc />
    public override string RunsFolder { get; }

    /// <inheritdoc />
    public override async Task<RunState?> FindAsync(string version, CancellationToken cancellationToken) =>
        await _models.ReadManifestAsync(version, cancellationToken) is { } manifest
            ? new RunState
            {
                Run = manifest.Run,
                Version = manifest.Version,
                Status = RunStatus.Finished,
                CorpusId = manifest.CorpusId,
                Preset = manifest.Settings.GetValueOrDefault("name"),
                TrainLoss = manifest.Metrics.TrainLoss,
                ValidationLoss = manifest.Metrics.ValidationLoss,
                Perplexity = manifest.Metrics.Perplexity,
                Tokens = manifest.Metrics.Tokens,
                TrainedTokens = manifest.Metrics.TrainTokens,
                Documents = manifest.Metrics.Documents,
                Seconds = manifest.Metrics.Seconds,
                Updated = manifest.Created,
            }
            : null;

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
                Seed = model.Seed,
                Shape = model.Shape,
                Tokenizer = model.Tokenizer,
                Settings = model.Settings,
                ServingFile = model.ServingFile,
                Metrics = new ModelMetrics
                {
                    TrainLoss = state.TrainLoss,
                    ValidationLoss = state.ValidationLoss,
                    Perplexity = state.Perplexity,
                    Tokens = state.Tokens,
                    TrainTokens = state.TrainedTokens,
                    Documents = state.Documents,
                    Seconds = state.Seconds,
                },
            },
            cancellationToken);
        return $"{Containers.Models}/{state.Version}";
    }

    /// <inheritdoc />
    public override async Task ShareAsync(RunFolder run, CancellationToken cancellationToken)
    {
        if (_local)
        {
            return;
        }

        foreach (var path in new[] { run.Settings, run.Log, run.Chart, run.State }.Where(File.Exists))
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await _store.WriteAsync(new BlobName(Containers.Runs, $"{run.Name}/{Path.GetFileName(path)}"), content, BlobCondition.None, metadata: null, cancellationToken);
        }
    }
}
