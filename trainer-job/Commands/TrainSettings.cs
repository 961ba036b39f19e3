using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Commands;

/// <summary>
/// The settings of a training run. Each has one name, which is a key of the settings file, an environment variable
/// (<c>PIPELINE_</c> and the name in upper snake case) and an option of the command line; the later wins over the earlier.
/// </summary>
internal sealed record TrainSettings
{
    /// <summary>Where documents are read from and models are published to: a folder, a connection string or a URL.</summary>
    public string? Store { get; init; }

    /// <summary>A file, folder or pattern with the training text, instead of a store.</summary>
    public string? Data { get; init; }

    /// <summary>Where the model folder is written if there is no store.</summary>
    public string? Output { get; init; }

    /// <summary>The folder for caches, and for runs if the store is not a folder.</summary>
    public string Work { get; init; } = ".pipeline";

    /// <summary>The seed of weights and shuffling.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How to train.</summary>
    public TrainingPreset Preset { get; init; } = TrainingPreset.Small;
}
