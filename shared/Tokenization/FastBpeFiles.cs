using System.Text;
using System.Text.Json;

namespace Pipeline.Tokenization;

/// <summary>A CTRL tokenizer's files in Hugging Face's layout: <c>vocab.json</c> and <c>merges.txt</c> with rules over characters and <c>&lt;/w&gt;</c>.</summary>
internal static class FastBpeFiles
{
    public const string VocabularyName = "vocab.json";
    public const string MergesName = "merges.txt";

    private const string UnknownToken = "<unk>";
    private const string EndOfWord = "</w>";
    private const int LinesToLookAt = 1000;

    /// <summary>Whether a folder holds such files and no others.</summary>
    public static bool Are(string folder)
    {
        var merges = Path.Combine(folder, MergesName);
        return !File.Exists(Path.Combine(folder, "tokenizer.json")) && File.Exists(Path.Combine(folder, VocabularyName)) && File.Exists(merges)
            && File.ReadLines(merges).Take(LinesToLookAt).Any(line => line.Contains(EndOfWord, StringComparison.Ordinal));
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="TokenizerException">They are damaged, or the vocabulary has holes.</exception>
    public static FastBpe Read(string folder)
    {
        var path = Path.Combine(folder, VocabularyName);
        Dictionary<string, int> ids;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            ids = json.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32(), StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new TokenizerException($"{path} is no vocabulary: {exception.Message}", exception);
        }

        var names = new string?[ids.Count];
        foreach (var (name, id) in ids)
        {
            if (id < 0 || id >= names.Length || names[id] is not null)
            {
                throw new TokenizerException($"{path} has holes: {names.Length} tokens must have the ids 0 to {names.Length - 1}, each once, and '{name}' has {id}. Fetch the file again.");
            }

            names[id] = name;
        }

        var ranks = Merges(Path.Combine(folder, MergesName));
        return ids.TryGetValue(UnknownToken, out var unknown)
            ? new FastBpe(names!, ids, ranks, unknown)
            : throw new TokenizerException($"{path} lacks the token {UnknownToken}, which stands for all that it does not have.");
    }

    /// <summary>Writes the files, each whole or not at all.</summary>
    public static void Write(FastBpe tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            for (var id = 0; id < tokenizer.Names.Count; id++)
            {
                writer.WriteNumber(tokenizer.Names[id], id);
            }

            writer.WriteEndObject();
        }

        Replace(Path.Combine(folder, VocabularyName), json.ToArray());
        var merges = string.Concat(tokenizer.Ranks.OrderBy(rule => rule.Value).Select(rule => $"{rule.Key.Item1} {rule.Key.Item2}\n"));
        Replace(Path.Combine(folder, MergesName), Encoding.UTF8.GetBytes("#version: 0.2\n" + merges));
    }

    private static Dictionary<(string, string), int> Merges(string path)
    {
        var ranks = new Dictionary<(string, string), int>();
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal)))
        {
            // fastBPE's own files have the pair's count behind it.
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length is not (2 or 3))
            {
                throw new TokenizerException($"{path}: '{line}' is no pair of pieces. Fetch the file again.");
            }

            ranks.TryAdd((parts[0], parts[1]), ranks.Count);
        }

        return ranks;
    }

    private static void Replace(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".partial", bytes);
        File.Move(path + ".partial", path, overwrite: true);
    }
}

/// <summary>The content of a CTRL tokenizer's files.</summary>
/// <param name="Names">Each id's name.</param>
/// <param name="Ids">The other way round.</param>
/// <param name="Ranks">The rules by rank.</param>
/// <param name="Unknown">The id of what the vocabulary does not have.</param>
internal sealed record FastBpe(IReadOnlyList<string> Names, IReadOnlyDictionary<string, int> Ids, IReadOnlyDictionary<(string, string), int> Ranks, int Unknown)
{
    /// <summary>
    /// The bytes that a token stands for: a piece as it is, a whole word or its end with the blank that follows it, unless it ends a line.
    /// The unknown token stands for nothing.
    /// </summary>
    public byte[] Bytes(int id)
    {
        var name = Names[id];
        return id == Unknown ? []
            : Encoding.UTF8.GetBytes(name.EndsWith(FastBpeEncoder.Continued, StringComparison.Ordinal) ? name[..^FastBpeEncoder.Continued.Length]
                : name.EndsWith('\n') ? name : name + " ");
    }
}
