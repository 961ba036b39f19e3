using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Generation;

/// <summary>What a Hugging Face <c>config.json</c> of a GPT-2-architecture model says, checked to be something we compute exactly.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="InnerWidth">Width of the feed-forward layer; four times the model's unless <c>n_inner</c> says otherwise.</param>
/// <param name="Epsilon">Added to the variance by every layer norm.</param>
public sealed record ModelConfig(ModelShape Shape, int InnerWidth, float Epsilon)
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "config.json";

    // One formula under three names: https://huggingface.co/docs/transformers lists them as the tanh form of GELU.
    private static readonly string[] TanhGelus = ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"];

    /// <summary>Reads <c>config.json</c> of a model folder.</summary>
    /// <exception cref="ModelException">The file is missing or no JSON, or it describes a model of another kind; every objection is listed.</exception>
    public static ModelConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new ModelException($"{path} is missing: give the folder of a model (config.json, tokenizer.json, onnx/).");
        }

        Gpt2ConfigFile file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), GenerationJson.Default.Gpt2ConfigFile)
                ?? throw new ModelException($"{path} holds no JSON object.");
        }
        catch (JsonException failure)
        {
            throw new ModelException($"{path} is no JSON: {failure.Message}", failure);
        }

        var problems = Problems(file).ToList();
        return problems.Count == 0
            ? new(new(file.Layers, file.Heads, file.Width, file.Context, file.Vocabulary), file.InnerWidth ?? 4 * file.Width, file.Epsilon)
            : throw new ModelException($"{path} describes a model that cannot be used: {string.Join("; ", problems)}.");
    }

    private static IEnumerable<string> Problems(Gpt2ConfigFile file)
    {
        if (file.ModelType is not (null or "gpt2"))
        {
            yield return $"model_type is '{file.ModelType}', not gpt2";
        }

        foreach (var (name, value) in new[]
        {
            ("n_layer", file.Layers), ("n_head", file.Heads), ("n_embd", file.Width), ("n_positions", file.Context),
            ("vocab_size", file.Vocabulary), ("n_inner", file.InnerWidth ?? 1),
        })
        {
            if (value < 1)
            {
                yield return $"{name} is {value}, not a positive number";
            }
        }

        if (file.Heads > 0 && file.Width % file.Heads != 0)
        {
            yield return $"n_embd {file.Width} is no multiple of n_head {file.Heads}";
        }

        if (!TanhGelus.Contains(file.Activation))
        {
            yield return $"activation_function is '{file.Activation}', not one of {string.Join(", ", TanhGelus)}";
        }

        if (!float.IsFinite(file.Epsilon) || file.Epsilon <= 0)
        {
            yield return $"layer_norm_epsilon is {file.Epsilon}";
        }

        if (!file.ScaleAttention || file.ScaleByLayer || !file.TiedHead)
        {
            yield return "scale_attn_weights and tie_word_embeddings must be true and scale_attn_by_inverse_layer_idx false";
        }
    }
}

/// <summary>The keys of <c>config.json</c> that matter here; what a file leaves out has the default of Hugging Face's GPT2Config.</summary>
// Settable, since the generated reader gives an init-only property that the file leaves out its type's default instead.
internal sealed record Gpt2ConfigFile
{
    [JsonPropertyName("model_type")] public string? ModelType { get; init; }

    [JsonPropertyName("n_layer")] public int Layers { get; set; } = 12;

    [JsonPropertyName("n_head")] public int Heads { get; set; } = 12;

    [JsonPropertyName("n_embd")] public int Width { get; set; } = 768;

    [JsonPropertyName("n_positions")] public int Context { get; set; } = 1024;

    [JsonPropertyName("vocab_size")] public int Vocabulary { get; set; } = 50257;

    [JsonPropertyName("n_inner")] public int? InnerWidth { get; init; }

    [JsonPropertyName("activation_function")] public string Activation { get; set; } = "gelu_new";

    [JsonPropertyName("layer_norm_epsilon")] public float Epsilon { get; set; } = 1e-5f;

    [JsonPropertyName("scale_attn_weights")] public bool ScaleAttention { get; set; } = true;

    [JsonPropertyName("scale_attn_by_inverse_layer_idx")] public bool ScaleByLayer { get; init; }

    [JsonPropertyName("tie_word_embeddings")] public bool TiedHead { get; set; } = true;
}

/// <summary>JSON forms of this namespace.</summary>
[JsonSerializable(typeof(Gpt2ConfigFile))]
internal sealed partial class GenerationJson : JsonSerializerContext;
