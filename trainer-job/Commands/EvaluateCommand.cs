using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>evaluate</c>: how well a model foretells a text.</summary>
internal static class EvaluateCommand
{
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
        var result = ModelEvaluation.Measure(folder, texts, data, host.Stop);
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
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationResult))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
