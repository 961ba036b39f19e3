using Pipeline.Generation;
using Pipeline.Privacy;
using Pipeline.Runs;
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
/// <param name="Golden">What it answers to a fixed prompt.</param>
/// <param name="Privacy">What attacks drew out of it.</param>
internal sealed record TrainedModel(
    RunState State, ulong Seed, ModelShape Shape, string Tokenizer, IReadOnlyDictionary<string, string> Settings, string? BaseModel, ExportReport Export,
    GoldenLogits Golden, ExtractionReport Privacy);
