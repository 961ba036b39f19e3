using Pipeline.Generation;
using Pipeline.Generation.Lstm;
using Pipeline.Runs;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>The small recurrent baseline, always from scratch and on the processor. A preset's context is the stretch that gradients go back.</summary>
internal sealed class LstmFamily : ModelFamily
{
    private const int MostLayers = 3;

    /// <inheritdoc />
    public override string Name => LstmConfig.ModelType;

    /// <inheritdoc />
    public override TrainingPreset Adapt(TrainingPreset preset) => preset.Name switch
    {
        PresetNames.Tiny => preset with { Model = Name, Layers = 1, Heads = 1, Width = 192, Context = 64, Rows = 16, Steps = 800, LearningRate = 2e-2 },
        PresetNames.Small => preset with { Model = Name, Layers = 2, Heads = 1, Width = 384, Context = 64, Rows = 16, Steps = 1500, LearningRate = 1e-2 },
        _ => preset with { Model = Name, Layers = 2, Heads = 1, Width = 1024, Context = 128, Rows = 32, LearningRate = 2e-3 },
    };

    /// <inheritdoc />
    public override ModelShape Shape(TrainingPreset preset, int vocabulary) => preset.Layers <= MostLayers
        ? new LstmConfig(new LstmShape(preset.Layers, preset.Width, preset.Width, vocabulary), LstmConfig.UsualContext).AsModelShape
        : throw new InputException($"layers is {preset.Layers}: an LSTM has 1 to {MostLayers}.");

    /// <inheritdoc />
    public override string Describe(TrainingPreset preset, ModelShape shape) => FormattableString.Invariant(
        $"Model: LSTM of {shape.Layers} layers, {shape.Width} wide, vocabulary {shape.Vocabulary}: {SizesOf(shape).Parameters / 1e6:0.00} million parameters; gradients go back {preset.Context} tokens, the state goes on.");

    /// <inheritdoc />
    public override ITrainingText TrainingText(IReadOnlyList<int[]> documents, TrainingPreset preset, int padding, ulong seed) =>
        TextLanes.Even(documents, preset.Rows, preset.Context, padding, seed);

    /// <inheritdoc />
    public override ITrainingText HeldText(IReadOnlyList<int[]> documents, TrainingPreset preset, int rows, int padding) =>
        TextLanes.Whole(documents, rows, preset.Context, padding);

    /// <inheritdoc />
    public override long Memory(ModelShape shape, TrainingPreset preset, int rows, int length)
    {
        // Weights, gradients, a second set of them, two moments; gates, states and their gradients of every step; scores and theirs.
        var perToken = (shape.Layers * 24L * shape.Width) + (2L * shape.Vocabulary);
        return sizeof(float) * ((5 * SizesOf(shape).Parameters) + (rows * (long)length * perToken));
    }

    /// <inheritdoc />
    public override long Disk(ModelShape shape, TrainingPreset preset) => sizeof(float) * 16 * SizesOf(shape).Parameters;

    /// <inheritdoc />
    public override ITrainableModel Engine(PreparedRun run, TrainingPreset preset, TrainSettings settings, BaseModel? start)
    {
        var shape = SizesOf(run.Shape);
        return new LstmEngine(shape, LstmParameters.Random(shape, settings.Seed), preset, run.Plan.Rows);
    }

    /// <inheritdoc />
    public override void Save(string folder, ModelInHand model) =>
        LstmFolder.Save(folder, new LstmConfig(SizesOf(model.Shape), model.Shape.Context), model.Parameters, model.Tokenizer.EndOfTextId);

    // Those trained here have embeddings as wide as their state.
    private static LstmShape SizesOf(ModelShape shape) => new(shape.Layers, shape.Width, shape.Width, shape.Vocabulary);
}
