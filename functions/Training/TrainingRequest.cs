using System.Globalization;
using System.Text.Json.Serialization;
using Pipeline.Generation;
using Pipeline.Runs;

namespace Pipeline.Functions.Training;

/// <summary>What a training run is asked to do.</summary>
/// <param name="Force">Whether to train although a model of this corpus and these settings exists.</param>
/// <param name="Preset">Another preset than the configured one.</param>
/// <param name="Seed">Another seed than the configured one.</param>
/// <param name="Model">Another kind of model than the configured one.</param>
internal sealed record TrainingRequest(bool Force = false, string? Preset = null, int? Seed = null, string? Model = null)
{
    /// <summary>The job's settings that a request may change, by their names in camel case. None of them is a place.</summary>
    public static IReadOnlyList<string> Changeable { get; } =
    [
        "vocabulary", "context", "layers", "heads", "width", "rows", "accumulation", "steps", "epochs", "learningRate", "finalLearningRate",
        "warmupSteps", "weightDecay", "clipNorm", "evaluationsPerEpoch", "patience",
    ];

    /// <summary>Further numbers to train with instead of the preset's, by their names in camel case.</summary>
    public IReadOnlyDictionary<string, double>? Overrides { get; init; }

    /// <summary>The model that training begins with, of the deployment in force; a caller over HTTP cannot name one, since it is a place.</summary>
    [JsonIgnore]
    public string? Base { get; init; }

    /// <summary>The request with what the deployment in force says where it says nothing itself.</summary>
    public TrainingRequest WithDeployment(PipelineSettings settings) => this with
    {
        Base = settings.TrainingBase,
        Preset = Preset ?? settings.DeployedPreset,
        Seed = Seed ?? settings.DeployedSeed,
        Overrides = settings.TrainingOverrides.Count == 0 ? Overrides
            : settings.TrainingOverrides.Concat(Overrides ?? new Dictionary<string, double>()).GroupBy(change => change.Key).ToDictionary(group => group.Key, group => group.Last().Value),
    };

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem() => this switch
    {
        { Preset: { } preset } when !PresetNames.All.Contains(preset) => "preset is tiny, small or full.",
        { Model: { } model } when !ModelKind.OfPostsAlone.Contains(model) => "model is gpt2, lstm or markov.",
        { Seed: < 0 } => "seed is a whole number from 0.",
        { Overrides: { } overrides } when overrides.Keys.FirstOrDefault(name => !Changeable.Contains(name)) is { } unknown =>
            $"overrides has no setting '{unknown}'; there are {string.Join(", ", Changeable)}.",
        { Overrides: { } overrides } when overrides.Values.Any(value => value < 0) => "overrides holds numbers from 0.",
        _ => null,
    };

    /// <summary>The job's settings that differ from the configured ones, by their names in camel case.</summary>
    public IEnumerable<(string Name, string Value)> Changes()
    {
        if (Preset is { } preset)
        {
            yield return ("preset", preset);
        }

        if (Model is { } model)
        {
            yield return ("model", model);
        }

        if (Seed is { } seed)
        {
            yield return ("seed", seed.ToString(CultureInfo.InvariantCulture));
        }

        if (Base is { } start)
        {
            yield return ("base", start);
        }

        foreach (var (name, value) in Overrides ?? new Dictionary<string, double>())
        {
            // Whole numbers stay whole, and no number is written with an exponent.
            yield return (name, value.ToString("0.##################", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A setting's name as an option of the job's command line.</summary>
    public static string Option(string name) => "--" + Words(name, '-').ToLowerInvariant();

    /// <summary>A setting's name as an environment variable of the job.</summary>
    public static string Variable(string name) => "PIPELINE_" + Words(name, '_').ToUpperInvariant();

    private static string Words(string name, char separator) => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"{separator}{c}" : c.ToString()));
}
