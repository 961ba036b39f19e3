using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Generation.Lstm;
using Pipeline.Generation.Markov;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Ctrl;
using Pipeline.TrainerJob.Lstm;
using Pipeline.TrainerJob.Markov;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>How well a model folder foretells texts.</summary>
internal static class ModelEvaluation
{
    private const int TokensPerPass = 2048;

    /// <summary>Loads the model and scores every text.</summary>
    /// <param name="folder">The model: config.json, model.safetensors and a tokenizer.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="data">Where they are from, for complaints.</param>
    /// <exception cref="InputException">Model and tokenizer do not belong together, or there is no text.</exception>
    public static EvaluationResult Measure(string folder, IReadOnlyList<string> texts, string data, CancellationToken cancellationToken)
    {
        var tokenizer = BpeTokenizer.Load(folder);
        var vocabulary = ModelKind.ShapeOf(folder).Vocabulary;
        if (tokenizer.VocabularySize > vocabulary)
        {
            throw new InputException($"The tokenizer of {folder} has {tokenizer.VocabularySize} tokens, its model {vocabulary}: they do not belong together.");
        }

        var documents = TokenizedCorpus.Encode(texts, tokenizer);
        if (documents.All(document => document.Length < 2))
        {
            throw new InputException($"{data} holds no text.");
        }

        var (loss, tokens) = ModelKind.Of(folder) switch
        {
            LstmConfig.ModelType => MeasureLstm(folder, documents, tokenizer.EndOfTextId, cancellationToken),
            NgramConfig.Type => MarkovRun.Score(NgramFile.Read(Path.Combine(folder, NgramFile.Name)).Model, documents),
            _ => MeasureGpt2(folder, documents, tokenizer.EndOfTextId, cancellationToken),
        };
        var characters = texts.Sum(text => (long)text.Length);
        return new EvaluationResult(loss / tokens, Math.Exp(loss / tokens), loss / characters, tokens, characters, texts.Count);
    }

    private static StepLoss MeasureGpt2(string folder, IReadOnlyList<int[]> documents, int endOfText, CancellationToken cancellationToken)
    {
        var (shape, parameters) = ModelKind.Of(folder) is CtrlConfig.Type ? CtrlFolder.Load(folder) : Gpt2Folder.Load(folder);
        using var engine = new OnnxTrainingEngine(shape, parameters, TrainingPreset.Small with { LoraRank = 0 });
        var blocks = PackedBlocks.Pack(documents, shape.Context, endOfText);
        return Evaluation.Run(engine, blocks, Math.Max(1, TokensPerPass / blocks.Length), cancellationToken);
    }

    private static StepLoss MeasureLstm(string folder, IReadOnlyList<int[]> documents, int endOfText, CancellationToken cancellationToken)
    {
        const int rows = 16, length = 128;
        var (config, parameters) = LstmFolder.Load(folder);
        using var engine = new LstmEngine(config.Shape, parameters, TrainingPreset.Small, rows: 1);
        return Evaluation.Run(engine, TextLanes.Whole(documents, rows, length, endOfText), rows, cancellationToken);
    }
}

/// <summary>What a model makes of texts.</summary>
/// <param name="Loss">Mean loss, in nats a token; the end of each document counts as a token.</param>
/// <param name="Perplexity">e to the loss.</param>
/// <param name="LossPerCharacter">Summed loss over UTF-16 characters: comparable between tokenizers.</param>
/// <param name="Tokens">Tokens foretold.</param>
/// <param name="Characters">UTF-16 characters of the texts.</param>
/// <param name="Documents">Texts.</param>
internal sealed record EvaluationResult(double Loss, double Perplexity, double LossPerCharacter, long Tokens, long Characters, int Documents);
