using System.IO.Compression;
using System.Text.Json;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>The texts of a base model: what is learned, and what it is judged by.</summary>
/// <param name="Train">Learned once each, <see cref="RepeatedKind"/> as often as <paramref name="Repeats"/> says.</param>
/// <param name="Validation">Judged by.</param>
/// <param name="Repeats">How often texts of <see cref="RepeatedKind"/> come.</param>
internal sealed record BaseTexts(IReadOnlyList<BaseDocument> Train, IReadOnlyList<BaseDocument> Validation, int Repeats)
{
    /// <summary>What the model is for comes more often.</summary>
    public const string RepeatedKind = "blog";

    /// <summary>How often they come if nothing else is asked for.</summary>
    public const int UsualRepeats = 2;

    private const string TrainPattern = "train*.jsonl.gz";
    private const string ValidationName = "validation.jsonl.gz";

    /// <summary>
    /// What is left out by the beginning of its source: authors who may still be protected outside the United States, and a blog whose
    /// posts fine-tuning is measured on.
    /// </summary>
    public static IReadOnlyList<string> LeftOut { get; } =
    [
        "standardebooks/agatha-christie", "standardebooks/philip-k-dick", "standardebooks/t-e-lawrence", "standardebooks/h-beam-piper",
        "standardebooks/frederik-pohl", "standardebooks/robert-sheckley", "standardebooks/p-g-wodehouse", "18F/18f.gsa.gov",
    ];

    /// <summary>The corpus.</summary>
    public CorpusInput Corpus => CorpusInput.Of(
        [.. Train.SelectMany(document => Enumerable.Repeat(document.ToTrainingText(), document.Kind == RepeatedKind ? Repeats : 1))],
        [.. Validation.Select(document => document.ToTrainingText())]);

    /// <summary>Reads <c>train*.jsonl.gz</c> and <c>validation.jsonl.gz</c>: an object a line, with <c>text</c> and perhaps <c>title</c>, <c>source</c>, <c>kind</c>, <c>license</c>.</summary>
    /// <exception cref="InputException">A file is missing or damaged; the message names it and the line.</exception>
    public static BaseTexts Read(string folder, int repeats = UsualRepeats)
    {
        if (repeats is < 1 or > 100)
        {
            throw new InputException($"repeats is {repeats}: texts come once at least and 100 times at most.");
        }

        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, TrainPattern) : [];
        Array.Sort(files, StringComparer.Ordinal);
        var validation = Path.Combine(folder, ValidationName);
        return files.Length > 0 && File.Exists(validation)
            ? new BaseTexts([.. files.SelectMany(ReadFile)], [.. ReadFile(validation)], repeats)
            : throw new InputException($"{folder} must hold {TrainPattern} and {ValidationName}: texts as one JSON object a line, compressed with gzip.");
    }

    private static IEnumerable<BaseDocument> ReadFile(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        for (var number = 1; NextLine() is { } line; number++)
        {
            if (line.Length > 0 && Parse(line, path, number) is var document && !LeftOut.Any(start => document.Source.StartsWith(start, StringComparison.Ordinal)))
            {
                yield return document;
            }
        }

        string? NextLine()
        {
            try
            {
                return reader.ReadLine();
            }
            catch (InvalidDataException exception)
            {
                throw new InputException($"{path} is no gzip file, or is damaged: {exception.Message}", exception);
            }
        }
    }

    private static BaseDocument Parse(string line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, BaseDocumentJson.Default.BaseDocument) is { Text: { } text } document && !string.IsNullOrWhiteSpace(text)
                ? document
                : throw new InputException($"{path}, line {number}: there is no text.");
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path}, line {number}: {exception.Message}", exception);
        }
    }
}
