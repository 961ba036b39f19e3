using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Ctrl;

/// <summary>CTRL: adapters on a base model; every post learns behind a control code.</summary>
internal sealed class CtrlFamily : ModelFamily
{
    /// <inheritdoc />
    public override string Name => CtrlConfig.Type;

    /// <inheritdoc />
    public override bool TakesBase => true;

    /// <inheritdoc />
    public override TrainingPreset Adapt(TrainingPreset preset) => preset with { Model = Name };

    /// <inheritdoc />
    public override ModelShape Shape(TrainingPreset preset, int vocabulary) =>
        throw new InputException("A CTRL is not trained from scratch: name one with --base, a folder of Salesforce/ctrl's layout.");

    /// <inheritdoc />
    public override string Describe(TrainingPreset preset, ModelShape shape) => FormattableString.Invariant(
        $"Model: CTRL of {shape.Layers} layers, {shape.Width} wide, context {shape.Context}, vocabulary {shape.Vocabulary}: {shape.Parameters / 1e6:0.00} million parameters.");

    /// <summary>Windows of a document, each with the control code before it, so that the model learns nothing without one.</summary>
    public override IReadOnlyList<int[]> Documents(IReadOnlyList<int[]> documents, TrainingPreset preset, BpeTokenizer tokenizer)
    {
        var code = CodeOf(preset, tokenizer);
        return [.. documents.SelectMany(document => document[1..^1].Chunk(preset.Context).Select(window => (int[])[code, .. window]))];
    }

    /// <inheritdoc />
    public override ControlCodeList Codes(ModelInHand model)
    {
        var own = model.Preset.ControlCode;
        var before = new ControlWords(model.BaseFolder is { } folder ? ControlCodeList.Read(folder) : new([]), model.Tokenizer).Names;
        List<KnownCode> codes = own is null ? [] : [new(KnownCode.Code, own, model.Corpus.Train.Count)];
        codes.AddRange(before.Where(name => name != own).Select(name => new KnownCode(KnownCode.Code, name, 0)));
        return new(codes);
    }

    /// <inheritdoc />
    public override ITrainingText TrainingText(IReadOnlyList<int[]> documents, TrainingPreset preset, int padding, ulong seed) => PackedBlocks.Pack(documents, preset.Context, padding);

    /// <inheritdoc />
    public override ITrainingText HeldText(IReadOnlyList<int[]> documents, TrainingPreset preset, int rows, int padding) => PackedBlocks.Pack(documents, preset.Context, padding);

    /// <inheritdoc />
    public override long Memory(ModelShape shape, TrainingPreset preset, int rows, int length) => ResourceCheck.Memory(shape, preset, rows, length);

    /// <inheritdoc />
    public override long Disk(ModelShape shape, TrainingPreset preset) => ResourceCheck.Disk(shape, preset);

    /// <inheritdoc />
    public override ITrainableModel Engine(PreparedRun run, TrainingPreset preset, TrainSettings settings, BaseModel? start) =>
        new OnnxTrainingEngine(run.Shape, start!.ReadParameters(), preset, settings.Seed, settings.Device);

    // Any word of the vocabulary can become a code: its vector is there already.
    private static int CodeOf(TrainingPreset preset, BpeTokenizer tokenizer) => preset.ControlCode switch
    {
        null => throw new InputException("A CTRL learns behind a control code: name one with --control-code, a code that it has or any other word of its vocabulary."),
        var code => tokenizer.Encode(code) is [var id] && id != tokenizer.EndOfTextId
            ? id
            : throw new InputException($"'{code}' is no single word of the model's vocabulary, and only such a word can be a control code."),
    };

    /// <inheritdoc />
    public override void Save(string folder, ModelInHand model)
    {
        if (model is { Adapter: { } adapter, Preset.Lora: { } lora })
        {
            LoraAdapter.Merge(model.Parameters, adapter, lora);
        }

        CtrlFolder.Save(folder, model.Shape, model.Parameters);
    }
}
