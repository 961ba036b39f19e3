using Pipeline.Storage;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Commands;

/// <summary>What a run is made of: the texts, what it begins with, and where its files go.</summary>
internal sealed record TrainingSource(CorpusInput Corpus, BaseModel? Start, ModelDestination Destination)
{
    /// <summary>Opens store or files, and the base model.</summary>
    /// <exception cref="InputException">The settings name neither or both, or what they name cannot be trained on.</exception>
    public static async Task<TrainingSource> OpenAsync(TrainSettings settings, RunView view, JobHost host, CancellationToken stop)
    {
        if (settings is { Store: { } location, Data: null, Output: null, Validation: null })
        {
            var store = BlobStores.Open(location, host.Clock);
            var destination = new StoreDestination(store, location, settings.Work, host.Clock);
            var start = await OpenBaseAsync(settings, destination, store, view, host, stop);
            return new TrainingSource(await StoreCorpus.BuildAsync(store, settings.Private, view, stop), start, destination);
        }

        if (settings is { Data: { } data, Output: { } output, Store: null })
        {
            var destination = new FolderDestination(output, settings.Work);
            destination.Check();
            var start = await OpenBaseAsync(settings, destination, store: null, view, host, stop);
            return new TrainingSource(TextFiles.ReadCorpus(data, settings.Validation), start, destination);
        }

        throw new InputException(settings.Store is null
            ? "Say what to train on: --store LOCATION, or --data FILE and --output FOLDER."
            : "Both a store and --data, --validation or --output are given; name the one or the others. See the settings file and the variables PIPELINE_STORE, PIPELINE_DATA and PIPELINE_OUTPUT too.");
    }

    private static async Task<BaseModel?> OpenBaseAsync(
        TrainSettings settings, ModelDestination destination, IBlobStore? store, RunView view, JobHost host, CancellationToken stop) =>
        settings.Base is { } name
            ? await new BaseModelOpener(destination.CacheFolder, settings.Hub, host.Clock, view.Say).OpenAsync(name, store, stop)
            : null;
}
