using System.Text.Json;
using Pipeline.Generation.Ctrl;
using Pipeline.Generation.Lstm;
using Pipeline.Generation.Markov;

namespace Pipeline.Generation;

/// <summary>Which kind of model a folder holds, as its <c>config.json</c> says.</summary>
public static class ModelKind
{
    /// <summary>The kinds that posts alone are enough for, and that a request may therefore name; <c>ctrl</c> needs a base.</summary>
    public static IReadOnlyList<string> OfPostsAlone { get; } = [DecoderMetadata.Gpt2, LstmConfig.ModelType, NgramConfig.Type];

    /// <summary>The folder's <c>model_type</c>; null if the file says none, is missing or cannot be read, which the reader of the kind reports.</summary>
    public static string? Of(string folder)
    {
        var path = Path.Combine(folder, ModelConfig.FileName);
        try
        {
            using var json = File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path)) : null;
            return json?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String
                ? type.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The sizes of a folder's model.</summary>
    /// <exception cref="ModelException">The file is missing or no JSON, or it describes a model that cannot be used.</exception>
    public static ModelShape ShapeOf(string folder) => Of(folder) switch
    {
        LstmConfig.ModelType => LstmConfig.Read(folder).AsModelShape,
        CtrlConfig.Type => CtrlConfig.Read(folder).Shape,
        NgramConfig.Type => NgramConfig.Read(folder).Shape,
        _ => ModelConfig.Read(folder).Shape,
    };
}
