using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Pipeline.Runs;

namespace Pipeline.Functions.Overview;

/// <summary>Reads the files of a run folder. They are the job's, and still being written: what is not whole is left out.</summary>
internal static partial class RunFiles
{
    private const string LogHeader = "step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second";

    /// <summary>A run's <c>state.json</c>; null if it cannot be read. One of a newer version is a failed run that says so.</summary>
    public static RunState? State(string run, ReadOnlySpan<byte> utf8)
    {
        try
        {
            return RunState.FromJson(utf8);
        }
        catch (FormatException exception)
        {
            return new() { Run = run, Version = run, Status = RunStatus.Failed, Error = exception.Message };
        }
    }

    /// <summary>The preset of a run's <c>settings.json</c>; null if it does not say.</summary>
    public static RunPreset? Preset(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, RunSettingsJson.Default.RunSettings)?.Preset;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The steps of a <c>train.log</c>, oldest first; empty if it is none.</summary>
    public static IReadOnlyList<RunPoint> Log(ReadOnlySpan<byte> utf8)
    {
        var lines = Encoding.UTF8.GetString(utf8).Split('\n');
        // What follows the last line feed is a line still being written.
        return lines[0].StartsWith(LogHeader, StringComparison.Ordinal) ? [.. lines[1..^1].Select(Point).OfType<RunPoint>()] : [];
    }

    /// <summary>The samples of a <c>samples.md</c>, oldest first.</summary>
    public static IReadOnlyList<RunSamples> Samples(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        var titles = StepTitle().Matches(text);
        return
        [
            .. titles.Select((title, index) => new RunSamples(
                int.Parse(title.Groups[1].Value, CultureInfo.InvariantCulture),
                Texts(text[(title.Index + title.Length)..(index + 1 < titles.Count ? titles[index + 1].Index : text.Length)]))),
        ];
    }

    // Each text is an indented block behind a line that tells its seed.
    private static IReadOnlyList<string> Texts(string section) =>
    [
        .. SampleTitle().Split(section).Skip(1)
            .Select(block => string.Join('\n', block.Split('\n').Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line)).Trim('\n')),
    ];

    private static RunPoint? Point(string line)
    {
        var cells = line.TrimEnd('\r').Split(',');
        return cells.Length >= 7
            && int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && Number(cells[1]) is { } epoch
            && Number(cells[2]) is { } loss
            && Number(cells[3]) is { } smoothed
            && Number(cells[5]) is { } rate
            && Number(cells[6]) is { } speed
            ? new RunPoint(step, epoch, loss, smoothed, Number(cells[4]), rate, speed)
            : null;
    }

    // No figure of a run that went wrong may keep the others from being shown as JSON.
    private static double? Number(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    [GeneratedRegex(@"^## Step (\d{1,9})$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex StepTitle();

    [GeneratedRegex(@"^Seed \d+, [^\n]*\n", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SampleTitle();
}

/// <summary>What a run's settings say of its batches.</summary>
internal sealed record RunSettings(RunPreset? Preset);

/// <summary>A step: rows of so many tokens, several times; and how many there are.</summary>
internal sealed record RunPreset(int Context, int Rows, int Accumulation, int? Steps)
{
    /// <summary>Tokens of a step at most.</summary>
    public double TokensOfAStep => (double)Context * Rows * Math.Max(1, Accumulation);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunSettings))]
internal sealed partial class RunSettingsJson : JsonSerializerContext;
