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
}

/// <summary>The content of <c>metrics.json</c>.</summary>
internal sealed record MetricsForm(
    double? TrainLoss, double? ValidationLoss, double? Perplexity, long TrainTokens, long TrainedTokens, int Documents, int BestStep, int Steps, double Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(MetricsForm))]
internal sealed partial class MetricsJson : JsonSerializerContext;
