using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Generation.Lstm;

/// <summary>The <c>config.json</c> of an LSTM's model folder.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="Context">Longest text that is written in one go, in tokens; the state itself knows no limit.</param>
public sealed record LstmConfig(LstmShape Shape, int Context)
{
    /// <summary>The architecture's name in <c>model_type</c>.</summary>
    public const string ModelType = "lstm";

    /// <summary>The context unless another is named.</summary>
    public const int UsualContext = 4096;

    private const int LargestSize = 1 << 20;

    /// <summary>The sizes in the terms that all models share: the width is that of the state.</summary>
    public ModelShape AsModelShape => new(Shape.Layers, 1, Shape.Hidden, Context, Shape.Vocabulary);

    /// <summary>A layer's state as an input of the serving graph [1, batch, H]; <paramref name="part"/> is h or c.</summary>
    public static string PastOf(int layer, string part) => $"past_state.{layer}.{part}";

    /// <summary>The same as an output.</summary>
    public static string PresentOf(int layer, string part) => $"present_state.{layer}.{part}";

    /// <summary>The file as UTF-8 JSON.</summary>
    /// <param name="endOfText">The token between texts.</param>
    public byte[] ToJson(int endOfText) => JsonSerializer.SerializeToUtf8Bytes(
        new LstmConfigFile(["LSTMLMHeadModel"], ModelType, Shape.Layers, Shape.Embedding, Shape.Hidden, Context, Shape.Vocabulary, endOfText, endOfText),
        LstmJson.Default.LstmConfigFile);

    /// <summary>Reads the file of a model folder.</summary>
    /// <exception cref="ModelException">It is missing, no JSON, or says sizes that cannot be.</exception>
    public static LstmConfig Read(string folder)
    {
        var path = Path.Combine(folder, ModelConfig.FileName);
        LstmConfigFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), LstmJson.Default.LstmConfigFile);
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            throw new ModelException($"{path} cannot be read: {failure.Message}", failure);
        }

        if (file is not { ModelType: ModelType })
        {
            throw new ModelException($"{path} describes a model of type '{file?.ModelType}', not {ModelType}.");
        }

        string[] problems =
        [
            .. new[] { ("n_layer", file.Layers), ("n_embd", file.Embedding), ("hidden_size", file.Hidden), ("n_positions", file.Context), ("vocab_size", file.Vocabulary) }
                .Where(size => size.Item2 is < 1 or > LargestSize)
                .Select(size => $"{size.Item1} is {size.Item2}, not within 1 and {LargestSize}"),
        ];
        return problems.Length == 0
            ? new(new(file.Layers, file.Embedding, file.Hidden, file.Vocabulary), file.Context)
            : throw new ModelException($"{path} describes a model that cannot be used: {string.Join("; ", problems)}.");
    }
}

internal sealed record LstmConfigFile(
    [property: JsonPropertyName("architectures")] IReadOnlyList<string> Architectures,
    [property: JsonPropertyName("model_type")] string ModelType,
    [property: JsonPropertyName("n_layer")] int Layers,
    [property: JsonPropertyName("n_embd")] int Embedding,
    [property: JsonPropertyName("hidden_size")] int Hidden,
    [property: JsonPropertyName("n_positions")] int Context,
    [property: JsonPropertyName("vocab_size")] int Vocabulary,
    [property: JsonPropertyName("bos_token_id")] int BeginOfText,
    [property: JsonPropertyName("eos_token_id")] int EndOfText);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(LstmConfigFile))]
internal sealed partial class LstmJson : JsonSerializerContext;
