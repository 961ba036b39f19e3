using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.Sweeps;

/// <summary>A sweep as it stands: <c>sweep.json</c> of its folder.</summary>
internal sealed record SweepState
{
    /// <summary>The file's name.</summary>
    public const string FileName = "sweep.json";

    /// <summary>The sweep's name, which follows from corpus, settings and the combinations.</summary>
    public required string Name { get; init; }

    /// <summary>The round in hand, counted from 0.</summary>
    public int Round { get; init; }

    /// <summary>Rounds in all.</summary>
    public required int Rounds { get; init; }

    /// <summary>Numbers of the trials that take part in the round in hand.</summary>
    public required IReadOnlyList<int> Left { get; init; }

    /// <summary>Every trial.</summary>
    public required IReadOnlyList<SweepTrial> Trials { get; init; }

    /// <summary>Whether nothing is left to do, or the budget is spent.</summary>
    public bool Done { get; init; }

    /// <summary>Whether it ended because the budget was spent.</summary>
    public bool BudgetSpent { get; init; }

    /// <summary>The best trial so far, or null if none has been evaluated.</summary>
    [JsonIgnore]
    public SweepTrial? Best => Trials.Where(trial => trial is { Loss: not null, Failure: null }).MinBy(trial => trial.Loss);

    /// <summary>Seconds of training of all trials.</summary>
    [JsonIgnore]
    public double Seconds => Trials.Sum(trial => trial.Seconds);

    /// <summary>The state with one trial changed.</summary>
    public SweepState With(SweepTrial trial) => this with { Trials = [.. Trials.Select(other => other.Number == trial.Number ? trial : other)] };

    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Writes the state as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, SweepJson.Default.SweepState);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">It is not readable, or of a newer format.</exception>
    public static SweepState FromJson(ReadOnlySpan<byte> utf8) =>
        StoredForm.Read(utf8, SweepJson.Default.SweepState, state => state.Format, CurrentFormat, $"The sweep's {FileName}", "Delete its folder and run the sweep again.");

    /// <summary>The trials as a table in Markdown, the best first.</summary>
    public string ToTable()
    {
        var table = new StringBuilder("| trial | learning rate | epochs | steps | rounds | validation loss | minutes | |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var trial in Trials.OrderBy(trial => trial.Failure is not null).ThenBy(trial => trial.Loss ?? double.MaxValue).ThenBy(trial => trial.Number))
        {
            var note = trial.Failure ?? (trial == Best ? "best" : trial.Step >= trial.Steps && trial.Steps > 0 ? "trained to its end" : "");
            table.Append(
                CultureInfo.InvariantCulture,
                $"| {trial.Number} | {trial.LearningRate} | {trial.Epochs} | {trial.Step}/{trial.Steps} | {trial.Rounds} | {trial.Loss:0.0000} | {trial.Seconds / 60:0.0} | {note} |\n");
        }

        return table.ToString();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SweepState))]
internal sealed partial class SweepJson : JsonSerializerContext;
