using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Generation.Markov;

/// <summary>The <c>config.json</c> of a Markov chain's model folder.</summary>
/// <param name="Order">The longest run of tokens that is looked at.</param>
/// <param name="Context">Longest text that is written in one go, in tokens.</param>
/// <param name="Vocabulary">Tokens.</param>
public sealed record NgramConfig(
    [property: JsonPropertyName("order")] int Order,
    [property: JsonPropertyName("n_positions")] int Context,
    [property: JsonPropertyName("vocab_size")] int Vocabulary)
{
    /// <summary>The architecture's name in <c>model_type</c>.</summary>
    public const string Type = "markov";

    /// <summary>The context unless another is named.</summary>
    public const int UsualContext = 4096;

    /// <summary><see cref="Type"/>.</summary>
    [JsonPropertyName("model_type")]
    public string ModelType { get; init; } = Type;

    /// <summary>The sizes in the terms that all models share.</summary>
    [JsonIgnore]
    public ModelShape Shape => NgramDecoder.ShapeOf(Order, Context, Vocabulary);

    /// <summary>The file as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, NgramJson.Default.NgramConfig);

    /// <summary>Reads the file of a model folder.</summary>
    /// <exception cref="ModelException">It is missing, no JSON, or says sizes that cannot be.</exception>
    public static NgramConfig Read(string folder)
    {
        var path = Path.Combine(folder, ModelConfig.FileName);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), NgramJson.Default.NgramConfig) is { Order: >= 1 and <= NgramModel.HighestOrder, Context: >= 1, Vocabulary: >= 1 } config
                ? config
                : throw new ModelException($"{path} describes no Markov chain that can be used: order must be 1 to {NgramModel.HighestOrder}, n_positions and vocab_size 1 or more.");
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            throw new ModelException($"{path} cannot be read: {failure.Message}", failure);
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(NgramConfig))]
internal sealed partial class NgramJson : JsonSerializerContext;
