using Pipeline.Generation;
using Pipeline.Generation.Markov;
using Pipeline.Quality;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>A trained model still in memory, with what belongs to it.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Parameters">Its weights.</param>
/// <param name="Adapter">The adapter beside the weights, not merged yet; or null.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Corpus">What it was trained on and is judged by.</param>
/// <param name="Index">The training text, to tell what is copied from it.</param>
/// <param name="BaseModel">What training began with; null from scratch.</param>
/// <param name="Preset">How it was trained.</param>
internal sealed record ModelInHand(
    ModelShape Shape, ParameterSet Parameters, ParameterSet? Adapter, BpeTokenizer Tokenizer, CorpusInput Corpus, OriginalityIndex Index, string? BaseModel, TrainingPreset Preset)
{
    /// <summary>The folder of the model that training began with; null from scratch.</summary>
    public string? BaseFolder { get; init; }

    /// <summary>The counts of a Markov chain, which has no parameters.</summary>
    public NgramModel? Chain { get; init; }
}
