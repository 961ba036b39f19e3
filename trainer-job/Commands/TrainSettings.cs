using Pipeline.Generation;
using Pipeline.Privacy;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

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

    /// <summary>A file, folder or pattern with the texts that <see cref="Data"/> is judged by, instead of its last tenth.</summary>
    public string? Validation { get; init; }

    /// <summary>The model that training begins with: the shipped one, a folder, blobs of the store or a model of the hub; null for none.</summary>
    public string? Base { get; init; }

    /// <summary>Whether to begin with no model even if <see cref="Base"/> names one.</summary>
    public bool FromScratch { get; init; }

    /// <summary>The address of the model hub.</summary>
    public string Hub { get; init; } = "https://huggingface.co";

    /// <summary>Where the model folder is written if there is no store.</summary>
    public string? Output { get; init; }

    /// <summary>The folder for caches, and for runs if the store is not a folder.</summary>
    public string Work { get; init; } = ".pipeline";

    /// <summary>Where to train.</summary>
    public ExecutionDevice Device { get; init; } = ExecutionDevice.Parse("auto");

    /// <summary>Bytes of the GPU's memory; null asks the driver.</summary>
    public long? DeviceMemory { get; init; }

    /// <summary>What this machine and the chosen device have.</summary>
    public MachineMemory Machine => MachineMemory.Of(Device, DeviceMemory);

    /// <summary>Minutes from one checkpoint to the next at most; null goes by the model's size.</summary>
    public double? CheckpointMinutes { get; init; }

    /// <summary>Whether one batch is learned by heart before the run.</summary>
    public bool SelfTest { get; init; }

    /// <summary>Whether the model gets the 4-bit file too.</summary>
    public bool FourBits { get; init; }

    /// <summary>The seed of weights and shuffling.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many made-up secrets are planted into the training text, to see whether the model gives them away.</summary>
    public int Canaries { get; init; }

    /// <summary>What keeps a post of the store out of the corpus.</summary>
    public PrivatePatterns Private { get; init; } = PrivatePatterns.None;

    /// <summary>E-mail addresses of the posts that anybody may know, with commas between them.</summary>
    public string PublicAddresses { get; init; } = "";

    /// <summary>How to train, for training from scratch; see <see cref="PresetFor"/>.</summary>
    public TrainingPreset Preset { get; init; } = TrainingPreset.Small;

    /// <summary>Whether <see cref="Preset"/> was named or is the usual one.</summary>
    public bool PresetGiven { get; init; }

    /// <summary>The numbers that were given, by key, in the order in which they change a preset.</summary>
    public IReadOnlyList<KeyValuePair<string, Func<TrainingPreset, TrainingPreset>>> Numbers { get; init; } = [];

    /// <summary>Whether sizes were given, which only a model from scratch can have.</summary>
    public bool GivesShape => ShapeKeys.Any();

    private IEnumerable<string> ShapeKeys => Numbers.Select(number => number.Key).Where(key => key is "layers" or "heads" or "width" or "vocabulary" or "shape");

    /// <summary>How to train a base model: the preset adapted to it, then every number that was given.</summary>
    /// <param name="shape">The base model's sizes, or null.</param>
    /// <param name="machine">The memory: if nothing else was said, what does not fit it is trained in part.</param>
    /// <exception cref="InputException">A number was given that only the base model can say, or one is out of range.</exception>
    public TrainingPreset PresetFor(ModelShape? shape, MachineMemory machine)
    {
        if (shape is null)
        {
            return Preset is { LoraRank: null, Freeze: 0 }
                ? Preset
                : throw new InputException("loraRank and freeze keep weights as they are, and a model from scratch has none worth keeping: name one with --base.");
        }

        if (Preset.Model is { } model && model != shape.Architecture)
        {
            throw new InputException($"model is {model}, and the base model is of another kind: leave one of the two out.");
        }

        if (GivesShape)
        {
            throw new InputException($"The base model says its {string.Join(", ", ShapeKeys)}: leave the setting out, or train with --from-scratch.");
        }

        var start = FineTuning.Adapt(PresetGiven ? TrainingPreset.Named(Preset.Name) : TrainingPreset.Full, shape);
        var preset = Numbers.Aggregate(start, (changed, number) => number.Value(changed));
        preset = (preset.Lora is not null && Numbers.All(number => number.Key != "learningRate") ? FineTuning.ForAdapters(preset) : preset).Checked();
        if (shape.IsCtrl && preset.LoraRank is null)
        {
            throw new InputException("Of a CTRL adapters are trained, never all weights: give --lora-rank 8.");
        }

        preset = Numbers.Any(number => number.Key is "loraRank" or "gradientCheckpointing" or "rows" or "accumulation" or "freeze")
            ? preset
            : WithGivenRate(MemoryFit.Choose(preset, shape, machine), preset);
        return preset.Context <= shape.Context
            ? preset
            : throw new InputException($"context is {preset.Context}, and the base model reads {shape.Context} tokens at most: lower it, or train with --from-scratch.");
    }

    private TrainingPreset WithGivenRate(TrainingPreset chosen, TrainingPreset asked) =>
        Numbers.Any(number => number.Key == "learningRate") ? chosen with { LearningRate = asked.LearningRate } : chosen;
}
