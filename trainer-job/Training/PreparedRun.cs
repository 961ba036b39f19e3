using Pipeline.Generation;
using Pipeline.Quality;
using Pipeline.Tokenization;

namespace Pipeline.TrainerJob.Training;

/// <summary>A run before its first step: everything that follows from corpus, settings and base model.</summary>
/// <param name="Corpus">The texts.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Tokens">The texts as token ids.</param>
/// <param name="Shape">The model's sizes.</param>
/// <param name="Train">The training text in blocks.</param>
/// <param name="Held">All held-out posts in blocks, or null if there are none.</param>
/// <param name="Watched">The held-out posts that the run is steered by.</param>
/// <param name="Index">The training text, to tell what a sample copies from it.</param>
/// <param name="Plan">The numbers that the loop runs by.</param>
internal sealed record PreparedRun(
    CorpusInput Corpus,
    BpeTokenizer Tokenizer,
    TokenizedCorpus Tokens,
    ModelShape Shape,
    ITrainingText Train,
    ITrainingText? Held,
    ITrainingText? Watched,
    OriginalityIndex Index,
    TrainingPlan Plan);
