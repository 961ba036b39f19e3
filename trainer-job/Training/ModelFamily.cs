using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Ctrl;
using Pipeline.TrainerJob.Lstm;
using Pipeline.TrainerJob.Markov;

namespace Pipeline.TrainerJob.Training;

/// <summary>What differs between kinds of models on the one road from a corpus to a published model.</summary>
internal abstract class ModelFamily
{
    /// <summary>All of them; the first is the usual one.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [new Gpt2Family(), new LstmFamily(), new MarkovFamily(), new CtrlFamily()];

    /// <summary>The name, as in the setting <c>model</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether training may begin with a model that has learned before.</summary>
    public virtual bool TakesBase => false;

    /// <summary>The family of a preset.</summary>
    public static ModelFamily Of(TrainingPreset preset) => All.First(family => family.Name == (preset.Model ?? All[0].Name));

    /// <summary>The family of a name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static ModelFamily Named(string name) => All.FirstOrDefault(family => family.Name == name)
        ?? throw new InputException($"There is no model '{name}'; choose one of {string.Join(", ", All.Select(family => family.Name))}.");

    /// <summary>A preset's numbers for this kind of model.</summary>
    public abstract TrainingPreset Adapt(TrainingPreset preset);

    /// <summary>The model's sizes from scratch.</summary>
    public abstract ModelShape Shape(TrainingPreset preset, int vocabulary);

    /// <summary>What people are told of the model.</summary>
    public abstract string Describe(TrainingPreset preset, ModelShape shape);

    /// <summary>Documents in the form that this kind of model learns; each comes with the end of text before and after.</summary>
    /// <exception cref="InputException">The settings lack what is needed for it.</exception>
    public virtual IReadOnlyList<int[]> Documents(IReadOnlyList<int[]> documents, TrainingPreset preset, BpeTokenizer tokenizer) => documents;

    /// <summary>The text to learn from.</summary>
    public abstract ITrainingText TrainingText(IReadOnlyList<int[]> documents, TrainingPreset preset, int padding, ulong seed);

    /// <summary>Texts to be judged by.</summary>
    /// <param name="documents">Token ids.</param>
    /// <param name="preset">How to train.</param>
    /// <param name="rows">Rows of a pass.</param>
    /// <param name="padding">The id that fills what is left.</param>
    public abstract ITrainingText HeldText(IReadOnlyList<int[]> documents, TrainingPreset preset, int rows, int padding);

    /// <summary>About how much memory training takes, in bytes.</summary>
    public abstract long Memory(ModelShape shape, TrainingPreset preset, int rows, int length);

    /// <summary>About how much disk a run takes, in bytes.</summary>
    public abstract long Disk(ModelShape shape, TrainingPreset preset);

    /// <summary>What trains it.</summary>
    public abstract ITrainableModel Engine(PreparedRun run, TrainingPreset preset, TrainSettings settings, BaseModel? start);

    /// <summary>What the model can be asked for by name.</summary>
    public virtual ControlCodeList Codes(ModelInHand model) => ControlCodeList.Of(model.Corpus.Train);

    /// <summary>Writes configuration and weights into a model folder.</summary>
    public abstract void Save(string folder, ModelInHand model);
}
