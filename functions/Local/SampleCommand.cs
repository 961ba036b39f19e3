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
        var model = new Option<DirectoryInfo>("--model") { Description = "The model's folder, such as .pipeline/store/models/VERSION.", Required = true };
        var wanted = new SampleArguments();
        var command = new Command("sample", """
            Writes a text with a model and prints it on standard output as it is made.

            Examples:
              sample --model .pipeline/store/models/VERSION
              sample --model DIR --title "The kettle" --tags soup weather --year 2025
              sample --model DIR --prompt "The fog came" --temperature 0 --length 80
              sample --model DIR --prompt "The fog came" --length 20 --explain 5
            """)
        {
            model,
        };
        wanted.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var request = wanted.Read(arguments);
            using var language = LanguageModel.Load(arguments.GetRequiredValue(model).FullName);
            if (request.Beam is { } beam)
            {
                var found = await new BeamSearch(language).SearchAsync(request.ToGeneration(language.Tokenizer), beam, cancellationToken);
                await Console.Out.WriteLineAsync(found.Count > 0 ? found[0].Text.Text : "");
                return CommandLine.Done;
            }

            if (arguments.GetValue(wanted.Seed) is null && request.Temperature > 0)
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
            await output.WriteAsync(request.Explain > 0 ? TokenExplanation.Line(model.Tokenizer, token) + "\n" : token.Text);
            await output.FlushAsync(cancellationToken);
        }

        if (request.Explain == 0)
        {
            await output.WriteLineAsync();
        }
    }
}
