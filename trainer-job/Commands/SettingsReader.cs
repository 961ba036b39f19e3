using System.Text.Json;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Commands;

/// <summary>Puts the settings together from file, environment and command line.</summary>
internal static class SettingsReader
{
    private const int MostLayers = 200;

    /// <summary>Reads all sources; each setting is taken from the last that names it.</summary>
    /// <param name="file">A JSON settings file, or null.</param>
    /// <param name="environment">The value of an environment variable, or null.</param>
    /// <param name="options">The values given on the command line, by key.</param>
    /// <exception cref="InputException">A key is unknown or a value is bad; the message says which and from where.</exception>
    public static TrainSettings Read(string? file, Func<string, string?> environment, IReadOnlyDictionary<string, string> options)
    {
        var fromFile = file is null ? new Dictionary<string, string>() : ReadFile(file);
        var settings = new TrainSettings();
        foreach (var setting in TrainSetting.All)
        {
            if (options.TryGetValue(setting.Key, out var option))
            {
                settings = setting.Change(settings, option, setting.Option);
            }
            else if (environment(setting.Variable) is { Length: > 0 } variable)
            {
                settings = setting.Change(settings, variable, setting.Variable);
            }
            else if (fromFile.TryGetValue(setting.Key, out var value))
            {
                settings = setting.Change(settings, value, file!);
            }
        }

        if (settings.CheckpointMinutes is <= 0 or double.NaN)
        {
            throw new InputException("checkpointMinutes must be above 0.");
        }

        settings = WithBase(settings);
        if (settings.Base is null)
        {
            return settings with { Preset = settings.Preset.Checked() };
        }

        // How many layers may be frozen is the base model's to say.
        _ = (settings.Preset with { Layers = MostLayers }).Checked();
        return settings;
    }

    // Whoever gives sizes wants a model of these sizes, and the base that comes with the program has its own.
    private static TrainSettings WithBase(TrainSettings settings) => settings switch
    {
        _ when !ModelFamily.Of(settings.Preset).TakesBase => settings with { Base = null },
        { FromScratch: true } or { Base: ShippedBase.None } => settings with { Base = null, FromScratch = true },
        { Base: null, Preset: { BeginsWithBase: true, Model: null or "gpt2" }, GivesShape: false } => settings with { Base = ShippedBase.Setting, PresetGiven = true },
        _ => settings,
    };

    private static Dictionary<string, string> ReadFile(string file)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException exception)
        {
            throw new InputException($"{file} is not JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The settings file {file} cannot be read: {exception.Message}", exception);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new InputException($"{file} must hold one JSON object, such as {{ \"preset\": \"tiny\" }}.");
            }

            var values = new Dictionary<string, string>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (TrainSetting.All.All(setting => setting.Key != property.Name))
                {
                    throw new InputException($"{file}: there is no setting '{property.Name}'; did you mean '{Nearest(property.Name)}'?");
                }

                values[property.Name] = property.Value.ValueKind switch
                {
                    JsonValueKind.String => property.Value.GetString()!,
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
                    _ => throw new InputException($"{file}: '{property.Name}' must be a text, a number, true or false."),
                };
            }

            return values;
        }
    }

    // The beginning of a name is nearer to it than any slip of the pen.
    private static string Nearest(string name) => TrainSetting.All.MinBy(setting =>
        setting.Key.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(name.ToUpperInvariant(), setting.Key.ToUpperInvariant()))!.Key;

    /// <summary>Insertions, deletions and replacements from one text to the other (Levenshtein, 1966).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = from[i - 1] == to[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(above, row[j - 1]));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
