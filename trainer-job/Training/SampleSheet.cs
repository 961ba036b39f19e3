using System.Globalization;
using System.Text;
using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Quality;

namespace Pipeline.TrainerJob.Training;

/// <summary>The model folder's <c>samples.md</c>: what the exported model writes at fixed prompts and seeds.</summary>
internal static class SampleSheet
{
    private const int Headers = 2;
    private const int MostTokens = 160;

    /// <summary>Headers of posts, held-out ones first, and an empty text.</summary>
    public static IReadOnlyList<string> Prompts(CorpusInput corpus) =>
        [.. corpus.Validation.Concat(corpus.Train).Select(Header).OfType<string>().Distinct().Take(Headers), ""];

    /// <summary>Generates the samples with the model that will serve.</summary>
    /// <param name="folder">The model folder, exported.</param>
    /// <param name="servingFile">The ONNX file that serves.</param>
    /// <param name="corpus">The texts whose headers are used as prompts; held-out ones first.</param>
    /// <param name="version">The model's name, for the title.</param>
    /// <param name="index">The training text, to tell what is copied from it.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    public static async Task<string> WriteAsync(string folder, string servingFile, CorpusInput corpus, string version, OriginalityIndex index, CancellationToken cancellationToken)
    {
        using var model = LanguageModel.Load(folder, servingFile);
        var generator = new TextGenerator(model);
        var sheet = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# Samples of {version}\n\nWritten by `{servingFile}`; the same model and seeds give the same texts.\n");
        var prompts = Prompts(corpus);
        for (var i = 0; i < prompts.Count; i++)
        {
            var request = new GenerationRequest
            {
                PromptTokens = Prompt(model, prompts[i]),
                Sampling = new SamplingOptions { Seed = (ulong)i + 1, MaxTokens = Math.Min(MostTokens, model.Shape.Context) },
            };
            var text = (await generator.GenerateAsync(request, cancellationToken))[0];
            var copied = index.Compare(model.Tokenizer.Encode(text.Text), int.MaxValue).LongestRun;
            sheet.Append(CultureInfo.InvariantCulture, $"\n## Seed {request.Sampling.Seed}\n\nLongest copied run: {copied} tokens.\n\n{Quote(prompts[i].Length > 0 ? prompts[i] : "No prompt.\n")}\n{Indent(text.Text)}\n");
        }

        return sheet.ToString();
    }

    private static string? Header(string text) =>
        TrainingText.TryParse(text, out var code, out _) && TrainingText.Header(code) is { Length: > 0 } header ? header : null;

    private static List<int> Prompt(LanguageModel model, string header)
    {
        List<int> ids = [model.StartToken];
        model.Tokenizer.Encode(header.Length > 0 ? header + "\n" : "", ids);
        return ids;
    }

    private static string Quote(string header) => string.Concat(header.TrimEnd('\n').Split('\n').Select(line => $"> {line}  \n"));

    // An indented block shows the text as it is, whatever Markdown it holds.
    private static string Indent(string text) => string.Join('\n', text.Trim('\n').Split('\n').Select(line => line.Length > 0 ? "    " + line : ""));
}
