using Pipeline.Generation;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>A trained model still in memory, with what belongs to it.</summary>
internal sealed record ModelInHand(ModelShape Shape, ParameterSet Parameters, BpeTokenizer Tokenizer, CorpusInput Corpus);
