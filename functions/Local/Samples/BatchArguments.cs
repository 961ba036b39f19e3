using System.CommandLine;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local.Samples;

/// <summary>The options of <c>sample</c> that make many texts into files.</summary>
internal sealed class BatchArguments
{
    private const int MostTexts = 100_000;

    private readonly Option<DirectoryInfo?> _out = new("--out") { Description = "Writes texts into files in this folder instead of printing one." };
    private readonly Option<int> _count = new("--count") { Description = "With --out: texts of each prompt at each temperature.", DefaultValueFactory = _ => 1 };
    private readonly Option<float[]> _temperatures = new("--temperatures") { Description = "With --out: several temperatures.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<FileInfo?> _prompts = new("--prompt-file") { Description = "With --out: prompts, one a line; \\n in a line is a line feed." };
    private readonly Option<int> _batch = new("--batch") { Description = "With --out: texts that are computed together.", DefaultValueFactory = _ => 8 };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _out, _count, _temperatures, _prompts, _batch })
        {
            command.Add(option);
        }
    }

    /// <summary>The folder, if files are wanted.</summary>
    public string? Folder(ParseResult arguments) => arguments.GetValue(_out)?.FullName;

    /// <summary>Refuses what does not go together.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="other">Whether the command is to do something else.</param>
    /// <exception cref="FormatException">The message says what to change.</exception>
    public void Check(ParseResult arguments, bool other)
    {
        var problem = (Folder(arguments), other) switch
        {
            (null, _) when arguments.GetValue(_prompts) is not null || arguments.GetValue(_temperatures) is { Length: > 0 } || arguments.GetValue(_count) != 1 =>
                "--prompt-file, --temperatures and --count make several texts: say with --out where their files go.",
            ({ }, true) => "--out does not go with --interactive or --beams.",
            _ when arguments.GetValue(_count) < 1 => "--count must be 1 or more.",
            _ when arguments.GetValue(_batch) is < 1 or > GenerationRequest.MaximumSamples => $"--batch must be from 1 to {GenerationRequest.MaximumSamples}.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new FormatException(problem);
        }
    }

    /// <summary>Makes the files.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="source">The model's folder.</param>
    /// <param name="request">The settings of every text, with the first seed.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<int> RunAsync(ParseResult arguments, LanguageModel model, string source, SampleRequest request, CancellationToken cancellationToken)
    {
        var folder = Folder(arguments)!;
        IReadOnlyList<string> prompts = arguments.GetValue(_prompts) is { } file ? await PromptFile.ReadAsync(file.FullName, cancellationToken) : [];
        var temperatures = arguments.GetValue(_temperatures) ?? [];
        if ((long)Math.Max(1, prompts.Count) * Math.Max(1, temperatures.Length) * arguments.GetValue(_count) > MostTexts)
        {
            throw new FormatException($"That are more than {MostTexts} texts: take fewer prompts, temperatures or texts of each.");
        }

        var texts = WantedText.All(request, prompts, temperatures, arguments.GetValue(_count));
        foreach (var text in texts.DistinctBy(text => text.Request.Temperature))
        {
            text.Request.Sampling.Validate(model.Tokenizer.VocabularySize);
        }

        _ = texts[0].Request.Prefix;
        var made = await new SampleFiles(model, source, folder, arguments.GetValue(_batch)).WriteAsync(texts, new Names(), cancellationToken);
        Console.WriteLine($"{made} texts written, {texts.Count - made} were there, in {folder}");
        return CommandLine.Done;
    }

    // Written as it happens, not by a pool thread after the summary.
    private sealed class Names : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine(value);
    }
}
