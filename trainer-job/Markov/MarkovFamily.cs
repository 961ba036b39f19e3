using Pipeline.Generation;
using Pipeline.Generation.Markov;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Markov;

/// <summary>A Markov chain: counted, not trained, so it has no steps, no engine and no checkpoints. See <see cref="MarkovRun"/>.</summary>
internal sealed class MarkovFamily : ModelFamily
{
    private const int OrderOfTokens = 2;
    private const int OrderOfCharacters = 6;

    /// <inheritdoc />
    public override string Name => NgramConfig.Type;

    /// <summary>The order unless one is named.</summary>
    public static int OrderOf(TrainingPreset preset) => preset.Order ?? (preset.Tokens is null ? OrderOfTokens : OrderOfCharacters);

    /// <inheritdoc />
    public override TrainingPreset Adapt(TrainingPreset preset) => preset with { Model = Name };

    /// <inheritdoc />
    public override ModelShape Shape(TrainingPreset preset, int vocabulary) => new NgramConfig(OrderOf(preset), NgramConfig.UsualContext, vocabulary).Shape;

    /// <inheritdoc />
    public override string Describe(TrainingPreset preset, ModelShape shape) => $"Model: Markov chain of order {OrderOf(preset)}, vocabulary {shape.Vocabulary}.";

    /// <inheritdoc />
    public override ITrainingText TrainingText(IReadOnlyList<int[]> documents, TrainingPreset preset, int padding, ulong seed) => PackedBlocks.Pack(documents, preset.Context, padding);

    /// <inheritdoc />
    public override ITrainingText HeldText(IReadOnlyList<int[]> documents, TrainingPreset preset, int rows, int padding) => PackedBlocks.Pack(documents, preset.Context, padding);

    /// <inheritdoc />
    public override long Memory(ModelShape shape, TrainingPreset preset, int rows, int length) => 0;

    /// <inheritdoc />
    public override long Disk(ModelShape shape, TrainingPreset preset) => 0;

    /// <inheritdoc />
    public override ITrainableModel Engine(PreparedRun run, TrainingPreset preset, TrainSettings settings, BaseModel? start) =>
        throw new InputException("A Markov chain is counted in one go; there is no learning rate to sweep.");

    /// <inheritdoc />
    public override void Save(string folder, ModelInHand model) => MarkovFolder.Save(folder, model.Chain!, model.Shape.Context);
}
