using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.TrainerJob.Runs;

/// <summary>The model folder's <c>metrics.json</c>.</summary>
internal static class ModelMetricsFile
{
    /// <summary>The metrics of a run as UTF-8 JSON.</summary>
    public static byte[] Of(RunState state) => JsonSerializer.SerializeToUtf8Bytes(
        new MetricsForm(state.TrainLoss, state.ValidationLoss, state.Perplexity, state.Tokens, state.TrainedTokens, state.Documents, state.BestStep, state.Step, state.Seconds),
        MetricsJson.Default.MetricsForm);
}

internal sealed record MetricsForm(
    double? TrainLoss, double? ValidationLoss, double? Perplexity, long TrainTokens, long TrainedTokens, int Documents, int BestStep, int Steps, double Seconds)
{
    /// <summary>The version of this form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(MetricsForm))]
internal sealed partial class MetricsJson : JsonSerializerContext;
