using Pipeline.Generation;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>GPT-2: from scratch or from a base model.</summary>
internal sealed class Gpt2Family : ModelFamily
{
    private const string AdapterName = "adapter";

    /// <inheritdoc />
    public override string Name => "gpt2";

    /// <inheritdoc />
    public override bool TakesBase => true;

    /// <inheritdoc />
    public override TrainingPreset Adapt(TrainingPreset preset) => preset;

    /// <inheritdoc />
    public override ModelShape Shape(TrainingPreset preset, int vocabulary) => new(preset.Layers, preset.Heads, preset.Width, preset.Context, vocabulary);

    /// <inheritdoc />
    public override string Describe(TrainingPreset preset, ModelShape shape) => FormattableString.Invariant(
        $"Model: {shape.Layers} layers, {shape.Width} wide, context {shape.Context}, vocabulary {shape.Vocabulary}: {shape.Parameters / 1e6:0.00} million parameters.");

    /// <inheritdoc />
    public override ITrainingText TrainingText(IReadOnlyList<int[]> documents, TrainingPreset preset, int padding, ulong seed) =>
        PackedBlocks.Pack(documents, preset.Context, padding);

    /// <inheritdoc />
    public override ITrainingText HeldText(IReadOnlyList<int[]> documents, TrainingPreset preset, int rows, int padding) =>
        PackedBlocks.Pack(documents, preset.Context, padding);

    /// <inheritdoc />
    public override long Memory(ModelShape shape, TrainingPreset preset, int rows, int length) => ResourceCheck.Memory(shape, preset, rows, length);

    /// <inheritdoc />
    public override long Disk(ModelShape shape, TrainingPreset preset) => ResourceCheck.Disk(shape, preset);

    /// <inheritdoc />
    public override ITrainableModel Engine(PreparedRun run, TrainingPreset preset, TrainSettings settings, BaseModel? start) => new OnnxTrainingEngine(
        run.Shape, start?.ReadParameters() ?? Gpt2Initializer.Random(run.Shape, settings.Seed), preset, settings.Seed, settings.Device);

    /// <inheritdoc />
    public override void Save(string folder, ModelInHand model)
    {
        if (model is { Adapter: { } adapter, Preset: { Lora: { } lora, Freeze: var frozen } })
        {
            // By itself for those who have the base model, and merged for everybody.
            AdapterFolder.Save(Path.Combine(folder, AdapterName), model.Shape, adapter, lora, frozen, model.BaseModel ?? "");
            LoraAdapter.Merge(model.Parameters, adapter, lora);
        }

        Gpt2Folder.Save(folder, model.Shape, model.Parameters, model.Tokenizer.EndOfTextId);
    }
}
