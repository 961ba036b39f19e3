using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Corpus;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>attribute</c>: which category, tag or year of a model a text sounds like.</summary>
internal static class AttributeCommand
{
    private const int MostTokens = 1024;

    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var model = new Option<string>("--model") { Description = "The model folder, exported.", Required = true };
        var text = new Option<string?>("--text") { Description = "The text's file; standard input if left out." };
        var kind = new Option<string?>("--kind") { Description = "Codes of one kind only." };
        kind.AcceptOnlyFromAmong(KnownCode.Category, KnownCode.Tag, KnownCode.Year, KnownCode.Code);
        var json = new Option<bool>("--json") { Description = "Print a JSON array." };
        var command = new JobCommand("attribute", "Prints the perplexity of a text under every category, tag, year and control code that the model learnt, the lowest first.")
        {
            Examples =
            [
                "attribute --model .pipeline/store/models/VERSION --text draft.txt",
                "attribute --model model --kind tag --json < draft.txt",
            ],
        };
        foreach (var option in (Option[])[model, text, kind, json])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            var given = parsed.GetValue(text) is { } file ? await ReadAsync(file, host.Stop) : await new StreamReader(host.Input).ReadToEndAsync(host.Stop);
            var sources = await AttributeAsync(parsed.GetRequiredValue(model), given, parsed.GetValue(kind), host.Stop);
            if (parsed.GetValue(json))
            {
                await host.Output.WriteLineAsync(JsonSerializer.Serialize(sources, AttributionJson.Default.IReadOnlyListAttributedSource));
                return ExitCode.Done;
            }

            foreach (var source in sources)
            {
                await host.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{source.Perplexity,12:0.000}  {source.Kind,-8}  {source.Name}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken) => File.Exists(file)
        ? await File.ReadAllTextAsync(file, cancellationToken)
        : throw new InputException($"There is no file {file}.");

    private static async Task<IReadOnlyList<AttributedSource>> AttributeAsync(string folder, string text, string? kind, CancellationToken cancellationToken)
    {
        var codes = ControlCodeList.Read(folder).Codes.Where(code => kind is null || code.Kind == kind).ToList();
        if (codes.Count == 0)
        {
            throw new InputException($"The model in {folder} knows no {kind ?? "code"}: {ControlCodeList.FileName} lists what the posts that it learnt were marked with.");
        }

        using var model = LanguageModel.Load(folder);
        var sources = await new SourceAttribution(model).AttributeAsync(model.Tokenizer.Encode(text.Trim()), codes, MostTokens, cancellationToken);
        return sources.Count > 0 ? sources : throw new InputException("The text is empty.");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<AttributedSource>))]
internal sealed partial class AttributionJson : JsonSerializerContext;
