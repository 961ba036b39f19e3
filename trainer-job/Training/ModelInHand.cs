using Pipeline.Generation;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>A trained model still in memory, with what belongs to it.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Parameters">Its weights.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Corpus">What it was trained on and is judged by.</param>
/// <param name="BaseModel">What training began with; null from scratch.</param>
/// <param name="Preset">How it was trained.</param>
internal sealed record ModelInHand(
    ModelShape Shape, ParameterSet Parameters, BpeTokenizer Tokenizer, CorpusInput Corpus, string? BaseModel, TrainingPreset Preset);
