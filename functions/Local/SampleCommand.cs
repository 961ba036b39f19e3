using System.CommandLine;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local;

/// <summary><c>sample</c>: a text from a model folder, on standard output and nothing else there.</summary>
internal static class SampleCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new SampleRequest();
        var model = new Option<DirectoryInfo>("--model") { Description = "The model's folder, such as .pipeline/store/models/VERSION.", Required = true };
        var prompt = new Option<string?>("--prompt") { Description = "Text to go on from." };
        var title = new Option<string?>("--title") { Description = "The post's title." };
        var tags = new Option<string[]>("--tags") { Description = "The post's tags, at most three.", AllowMultipleArgumentsPerToken = true };
        var category = new Option<string?>("--category") { Description = "The post's category." };
        var year = new Option<int?>("--year") { Description = "The year whose voice is wanted." };
        var length = new Option<int>("--length") { Description = "Tokens at most.", DefaultValueFactory = _ => defaults.Length };
        var temperature = new Option<float>("--temperature") { Description = "Higher is bolder; 0 is greedy.", DefaultValueFactory = _ => defaults.Temperature };
        var topK = new Option<int>("--top-k") { Description = "Keeps this many of the likeliest tokens; 0 keeps all.", DefaultValueFactory = _ => defaults.TopK };
        var topP = new Option<float>("--top-p") { Description = "Keeps the likeliest tokens up to this probability; 1 keeps all.", DefaultValueFactory = _ => defaults.TopP };
        var penalty = new Option<float>("--repetition-penalty") { Description = "Above 1, what was said is less likely to be said again.", DefaultValueFactory = _ => defaults.RepetitionPenalty };
        var seed = new Option<ulong?>("--seed") { Description = "The same seed gives the same text; drawn and shown on standard error if left out." };
        var command = new Command("sample", """
            Writes a text with a model and prints it on standard output as it is made.

            Examples:
              sample --model .pipeline/store/models/VERSION
              sample --model DIR --title "The kettle" --tags soup weather --year 2025
              sample --model DIR --prompt "The fog came" --temperature 0 --length 80
            """)
        {
            model, prompt, title, tags, category, year, length, temperature, topK, topP, penalty, seed,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var request = new SampleRequest
            {
                Prompt = arguments.GetValue(prompt),
                Title = arguments.GetValue(title),
                Tags = arguments.GetValue(tags) ?? [],
                Category = arguments.GetValue(category),
                Year = arguments.GetValue(year),
                Length = arguments.GetValue(length),
                Temperature = arguments.GetValue(temperature),
                TopK = arguments.GetValue(topK),
                TopP = arguments.GetValue(topP),
                RepetitionPenalty = arguments.GetValue(penalty),
                Seed = arguments.GetValue(seed) ?? Seeds.Draw(),
            };
            using var language = LanguageModel.Load(arguments.GetRequiredValue(model).FullName);
            if (arguments.GetValue(seed) is null && request.Temperature > 0)
            {
                await Console.Error.WriteLineAsync($"seed {request.Seed}");
            }

            await WriteAsync(language, request, Console.Out, cancellationToken);
            return CommandLine.Done;
        });
        return command;
    }

    private static async Task WriteAsync(LanguageModel model, SampleRequest request, TextWriter output, CancellationToken cancellationToken)
    {
        await foreach (var token in new TextGenerator(model).StreamAsync(request.ToGeneration(model.Tokenizer), cancellationToken))
        {
            await output.WriteAsync(token.Text);
            await output.FlushAsync(cancellationToken);
        }

        await output.WriteLineAsync();
    }
}
