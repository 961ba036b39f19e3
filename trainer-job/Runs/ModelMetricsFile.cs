using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Runs;
using Pipeline.TrainerJob.Export;

namespace Pipeline.TrainerJob.Runs;

/// <summary>The model folder's <c>metrics.json</c>.</summary>
internal static class ModelMetricsFile
{
    /// <summary>The metrics of a run and of its exported files as UTF-8 JSON.</summary>
    public static byte[] Of(RunState state, ExportReport export) => JsonSerializer.SerializeToUtf8Bytes(
        new MetricsForm(
            state.TrainLoss, state.ValidationLoss, state.Perplexity, state.Tokens, state.TrainedTokens, state.Documents, state.BestStep, state.Step, state.Seconds,
            export.ServingFile, export.Reason, Finite(export.Perplexity), Finite(export.QuantizedPerplexity), Finite(export.FourBitPerplexity)),
        MetricsJson.Default.MetricsForm);

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    /// <exception cref="InputException">The file is missing or is something else.</exception>
    public static MetricsForm Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), MetricsJson.Default.MetricsForm) ?? throw new InputException($"{path} is empty.");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>A perplexity, or null if a form is so coarse that it predicts nothing: JSON knows no infinities.</summary>
    public static double? Finite(double? perplexity) => perplexity is { } value && double.IsFinite(value) ? value : null;
}

/// <summary>The content of <c>metrics.json</c>.</summary>
internal sealed record MetricsForm(
    double? TrainLoss, double? ValidationLoss, double? Perplexity, long TrainTokens, long TrainedTokens, int Documents, int BestStep, int Steps, double Seconds,
    string ServingFile, string ServingReason, double? Float32Perplexity, double? EightBitPerplexity, double? FourBitPerplexity)
{
    /// <summary>The version of this form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(MetricsForm))]
internal sealed partial class MetricsJson : JsonSerializerContext;
