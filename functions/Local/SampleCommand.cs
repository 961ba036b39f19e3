using System.CommandLine;
using Pipeline.Functions.Local.Interactive;
using Pipeline.Functions.Local.Samples;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local;

/// <summary><c>sample</c>: a text from a model folder, on standard output and nothing else there; many as files; or a session at a terminal.</summary>
internal static class SampleCommand
{
    /// <summary>The option that begins a session, in which Ctrl-C does not end the program.</summary>
    public const string Interactive = "--interactive";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var model = new Option<DirectoryInfo>("--model") { Description = "The model's folder, such as .pipeline/store/models/VERSION.", Required = true };
        var interactive = new Option<bool>(Interactive) { Description = "Asks for prompts, and writes as it thinks." };
        var files = new BatchArguments();
        var wanted = new SampleArguments();
        var command = new Command("sample", """
            Writes a text with a model and prints it on standard output as it is made. With --out it writes many, each into a file with its seed
            in the name and all into samples.jsonl; seeds count from 1 or --seed, and run again, it makes only what is missing.

            Examples:
              sample --model .pipeline/store/models/VERSION
              sample --model DIR --title "The kettle" --tags soup weather --year 2025
              sample --model DIR --prompt "The fog came" --temperature 0 --length 80
              sample --model DIR --prompt "The fog came" --length 20 --explain 5
              sample --model DIR --out texts --count 20 --temperatures 0.7 1 1.3
              sample --model DIR --out texts --prompt-file prompts.txt --batch 8
              sample --model DIR --interactive
            """)
        {
            model, interactive,
        };
        files.AddTo(command);
        wanted.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var request = wanted.Read(arguments);
            files.Check(arguments, arguments.GetValue(interactive) || request.Beam is not null);
            var folder = arguments.GetRequiredValue(model).FullName;
            using var language = LanguageModel.Load(folder);
            if (arguments.GetValue(interactive))
            {
                await TalkAsync(language, request with { Seed = arguments.GetValue(wanted.Seed) }, cancellationToken);
                return CommandLine.Done;
            }

            if (files.Folder(arguments) is not null)
            {
                return await files.RunAsync(arguments, language, folder, request with { Seed = arguments.GetValue(wanted.Seed) ?? 1 }, cancellationToken);
            }

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

    private static async Task TalkAsync(LanguageModel model, SampleRequest request, CancellationToken cancellationToken)
    {
        var history = new LineHistory();
        var atTerminal = !Console.IsInputRedirected && !Console.IsOutputRedirected;
        ILineReader reader = atTerminal ? new TerminalLineReader(history) : new PlainLineReader(Console.In);
        using var interrupt = new TextInterrupt(atTerminal);
        await new InteractiveSession(model, request, new(reader, history), history, interrupt, Console.Out, TimeProvider.System).RunAsync(cancellationToken);
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
