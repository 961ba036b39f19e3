using Pipeline.Generation;
using Pipeline.TrainerJob.Export;

namespace Pipeline.TrainerJob.Runs;

/// <summary>What is known of a model folder that is ready to be published.</summary>
/// <param name="State">The run's state, with the quality figures.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Shape">The model's sizes.</param>
/// <param name="Tokenizer">The tokenizer's fingerprint.</param>
/// <param name="Settings">Every number of the preset, by name.</param>
/// <param name="BaseModel">What training began with; null from scratch.</param>
/// <param name="Export">The ONNX files, how well each predicts, and which one serves.</param>
internal sealed record TrainedModel(
    RunState State, ulong Seed, ModelShape Shape, string Tokenizer, IReadOnlyDictionary<string, string> Settings, string? BaseModel, ExportReport Export);
