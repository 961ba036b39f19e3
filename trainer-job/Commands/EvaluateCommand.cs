using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Generation.Lstm;
using Pipeline.Generation.Markov;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Ctrl;
using Pipeline.TrainerJob.Lstm;
using Pipeline.TrainerJob.Markov;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>evaluate</c>: how well a model foretells a text.</summary>
internal static class EvaluateCommand
{
    private const int TokensPerPass = 2048;

    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var model = new Option<string>("--model") { Description = "The model folder: config.json, model.safetensors and a tokenizer.", Required = true };
        var data = new Option<string>("--data") { Description = "The text: a jsonl, csv, txt or npz file, a folder or a pattern.", Required = true };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new JobCommand("evaluate", "Prints the loss of a model on a text, in nats a token and a character, and its perplexity.")
        {
            Examples =
            [
                "evaluate --model .pipeline/models/VERSION --data validation.jsonl",
                "evaluate --model gpt2 --data 'posts/*.txt' --json",
            ],
        };
        command.Add(model);
        command.Add(data);
        command.Add(json);
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(model), parsed.GetRequiredValue(data), parsed.GetValue(json), host));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string data, bool json, JobHost host)
    {
        var texts = TextFiles.ReadTexts(data);
        var result = Measure(folder, texts, data, host.Stop);
        await host.Output.WriteLineAsync(json
            ? JsonSerializer.Serialize(result, EvaluationJson.Default.EvaluationResult)
            : string.Create(CultureInfo.InvariantCulture, $"""
                loss {result.Loss:0.0000} nats a token
                perplexity {result.Perplexity:0.00}
                loss {result.LossPerCharacter:0.0000} nats a character
                tokens {result.Tokens}
                documents {result.Documents}
                """));
        return ExitCode.Done;
    }

    private static EvaluationResult Measure(string folder, IReadOnlyList<string> texts, string data, CancellationToken cancellationToken)
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

/// <summary>What <c>evaluate</c> found.</summary>
/// <param name="Loss">Mean loss, in nats a token; the end of each document counts as a token.</param>
/// <param name="Perplexity">e to the loss.</param>
/// <param name="LossPerCharacter">Summed loss over UTF-16 characters: comparable between tokenizers.</param>
/// <param name="Tokens">Tokens foretold.</param>
/// <param name="Characters">UTF-16 characters of the texts.</param>
/// <param name="Documents">Texts.</param>
internal sealed record EvaluationResult(double Loss, double Perplexity, double LossPerCharacter, long Tokens, long Characters, int Documents);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationResult))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
