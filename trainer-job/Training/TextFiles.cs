using System.IO.Enumeration;
using System.Text;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Training text from files: jsonl (one object with <c>text</c> a line), csv (one row one text, column <c>text</c>), txt (one file one text,
/// or several with <c>&lt;|endoftext|&gt;</c> between them) and npz (token ids of GPT-2's vocabulary).
/// </summary>
internal static class TextFiles
{
    private const string TrainFile = "train.jsonl";
    private const string ValidationFile = "validation.jsonl";
    private static readonly string[] _extensions = [".jsonl", ".csv", ".txt", ".npz"];

    /// <summary>Reads a corpus from a file, a folder or a pattern with <c>*</c>, <c>?</c> and <c>**</c>. A folder's train.jsonl and validation.jsonl are taken as split.</summary>
    /// <param name="location">The texts.</param>
    /// <param name="validation">The texts to judge by, in the same forms; null takes the last tenth of the others.</param>
    /// <exception cref="InputException">There is nothing to read, or a file is not what its name says.</exception>
    public static CorpusInput ReadCorpus(string location, string? validation = null)
    {
        var train = Path.Combine(location, TrainFile);
        var corpus = validation is not null
            ? CorpusInput.Of(File.Exists(train) ? ReadFile(train) : ReadTexts(location), ReadTexts(validation))
            : File.Exists(train)
            ? CorpusInput.Of(ReadFile(train), File.Exists(Path.Combine(location, ValidationFile)) ? ReadFile(Path.Combine(location, ValidationFile)) : [])
            : CorpusInput.Of(ReadTexts(location));
        if (validation is not null && corpus.Validation.Count == 0)
        {
            throw new InputException($"{validation} holds no text to judge by; give at least one post, or leave it out.");
        }

        return corpus.Train.Count > 0
            ? corpus
            : throw new InputException($"{location} holds no text to train on; give a jsonl, csv, txt or npz file with at least one post.");
    }

    /// <summary>Reads the texts of a file, a folder or a pattern; empty ones are left out.</summary>
    /// <exception cref="InputException">There is nothing to read, or a file is not what its name says.</exception>
    public static IReadOnlyList<string> ReadTexts(string location)
    {
        var files = Find(location);
        return files.Length > 0
            ? [.. files.SelectMany(ReadFile)]
            : throw new InputException($"There is no file {location}; give a jsonl, csv, txt or npz file, a folder of such files or a pattern like 'posts/*.txt'.");
    }

    private static string[] Find(string location)
    {
        if (File.Exists(location))
        {
            return [location];
        }

        if (Directory.Exists(location))
        {
            return Below(location, path => _extensions.Contains(Path.GetExtension(path).ToLowerInvariant()), recurse: true);
        }

        var parts = location.Split('/');
        var wild = Array.FindIndex(parts, part => part.AsSpan().ContainsAny('*', '?'));
        if (wild < 0)
        {
            return [];
        }

        var root = wild == 0 ? "." : string.Join('/', parts[..wild]) + "/";
        var pattern = string.Join('/', parts[wild..]);
        return Directory.Exists(root) ? Below(root, path => Matches(pattern, Path.GetRelativePath(root, path)), recurse: pattern.Contains('/')) : [];
    }

    private static string[] Below(string folder, Func<string, bool> wanted, bool recurse)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = recurse, AttributesToSkip = FileAttributes.ReparsePoint };
        return [.. Directory.EnumerateFiles(folder, "*", options).Where(wanted).Order(StringComparer.Ordinal)];
    }

    private static bool Matches(string pattern, string path)
    {
        var (parts, names) = (pattern.Split('/'), path.Split('/'));
        return From(0, 0);

        bool From(int part, int name) => part == parts.Length
            ? name == names.Length
            : parts[part] == "**"
                ? From(part + 1, name) || (name < names.Length && From(part, name + 1))
                : name < names.Length && FileSystemName.MatchesSimpleExpression(parts[part], names[name], ignoreCase: false) && From(part + 1, name + 1);
    }

    private static IReadOnlyList<string> ReadFile(string path)
    {
        IEnumerable<string> texts;
        try
        {
            texts = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".jsonl" => JsonLinesTexts.Parse(Decode(path), path),
                ".csv" => CsvTexts.Parse(Decode(path), path),
                ".txt" => SeparatedTexts.OfLines(Decode(path)),
                ".npz" or ".npy" => TokenTexts.Read(path),
                var other => throw new InputException($"{path} is a '{other}' file; training text is read from jsonl, csv, txt and npz."),
            };
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {exception.Message}", exception);
        }

        return [.. texts.Where(text => !string.IsNullOrWhiteSpace(text))];
    }

    private static string Decode(string path)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"{path} is not UTF-8; convert it, for example with 'iconv -t utf-8'.", exception);
        }
    }
}
