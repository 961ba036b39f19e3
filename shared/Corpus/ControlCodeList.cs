using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Corpus;

/// <summary>What a model can be asked for by name: the codes that stood before the texts it learnt, as <c>control_codes.json</c> of its folder.</summary>
/// <param name="Codes">The codes, the most frequent first.</param>
public sealed record ControlCodeList(IReadOnlyList<KnownCode> Codes)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The file's name.</summary>
    public const string FileName = "control_codes.json";

    /// <summary>The codes of training texts: categories, tags and years.</summary>
    /// <param name="texts">Texts of the form that <see cref="TrainingText"/> gives; others have no codes.</param>
    public static ControlCodeList Of(IEnumerable<string> texts)
    {
        var counts = new Dictionary<(string Kind, string Name), int>();
        foreach (var text in texts)
        {
            if (!TrainingText.TryParse(text, out var code, out _))
            {
                continue;
            }

            Add(KnownCode.Category, code.Category);
            Add(KnownCode.Year, code.Year?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            foreach (var tag in code.Tags)
            {
                Add(KnownCode.Tag, tag);
            }
        }

        return new([.. counts.Select(pair => new KnownCode(pair.Key.Kind, pair.Key.Name, pair.Value))
            .OrderByDescending(code => code.Posts).ThenBy(code => code.Kind, StringComparer.Ordinal).ThenBy(code => code.Name, StringComparer.Ordinal)]);

        void Add(string kind, string? name)
        {
            if (name is not null)
            {
                counts[(kind, name)] = counts.GetValueOrDefault((kind, name)) + 1;
            }
        }
    }

    /// <summary>The file as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ControlCodeJson.Default.ControlCodeList);

    /// <summary>Reads the list of a model folder; a folder without one has no codes.</summary>
    /// <exception cref="FormatException">The file is no such list.</exception>
    public static ControlCodeList Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new([]);
        }

        try
        {
            var read = JsonSerializer.Deserialize(File.ReadAllBytes(path), ControlCodeJson.Default.ControlCodeList);
            StoredForm.Check(read?.Format ?? 0, CurrentFormat, path);
            return read is { Codes: { } codes } list && codes.All(code => code is { Kind: not null, Name: not null })
                ? list
                : throw new FormatException($"{path} is no list of control codes: train the model again, or delete the file.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{path} is no JSON: {exception.Message}", exception);
        }
    }
}

/// <summary>One code that a model knows.</summary>
/// <param name="Kind"><see cref="Category"/>, <see cref="Tag"/>, <see cref="Year"/>, or <see cref="Code"/> for a model whose texts begin with a code.</param>
/// <param name="Name">The category, tag, year or code.</param>
/// <param name="Posts">Training texts that it stood before.</param>
public sealed record KnownCode(string Kind, string Name, int Posts)
{
    /// <summary>The first category of a post.</summary>
    public const string Category = "category";

    /// <summary>A tag.</summary>
    public const string Tag = "tag";

    /// <summary>The year of a post.</summary>
    public const string Year = "year";

    /// <summary>A word that a text begins with.</summary>
    public const string Code = "code";

    /// <summary>The header that asks for it and for nothing else.</summary>
    public string Header => TrainingText.Header(Kind switch
    {
        Category => new ControlCode(Name, [], null, null),
        Tag => new ControlCode(null, [Name], null, null),
        Year when int.TryParse(Name, System.Globalization.CultureInfo.InvariantCulture, out var year) => new ControlCode(null, [], year, null),
        _ => ControlCode.Empty,
    });
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ControlCodeList))]
internal sealed partial class ControlCodeJson : JsonSerializerContext;
