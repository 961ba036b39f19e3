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

    // Far beyond any model that fits a machine, near enough that products of two stay within 64 bits.
    private const int LargestSize = 1 << 24;

    /// <summary>Reads <c>config.json</c> of a model folder.</summary>
    /// <exception cref="ModelException">The file is missing or no JSON, or it describes a model of another kind; every objection is listed.</exception>
    public static ModelConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new ModelException($"{path} is missing: give the folder of a model (config.json, tokenizer.json, onnx/).");
        }

        ModelConfig config;
        IReadOnlyList<string> problems;
        try
        {
            (config, problems) = Examine(path);
        }
        catch (JsonException failure)
        {
            throw new ModelException($"{path} is no JSON: {failure.Message}", failure);
        }

        return problems.Count == 0 ? config : throw new ModelException($"{path} describes a model that cannot be used: {string.Join("; ", problems)}.");
    }

    /// <summary>Reads a file whatever it says.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it says, only to be used if there is no problem, and all that keeps the model from being computed here.</returns>
    /// <exception cref="JsonException">It is no JSON object, or a key has a value of another type.</exception>
    public static (ModelConfig Config, IReadOnlyList<string> Problems) Examine(string path)
    {
        var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), GenerationJson.Default.Gpt2ConfigFile) ?? throw new JsonException("It holds no JSON object.");
        return (
            new(new(file.Layers, file.Heads, file.Width, file.Context, file.Vocabulary), file.InnerWidth ?? (int)Math.Min(4L * file.Width, int.MaxValue), file.Epsilon),
            [.. Problems(file)]);
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
            if (value is < 1 or > LargestSize)
            {
                yield return value < 1 ? $"{name} is {value}, not a positive number" : $"{name} is {value}, more than any model has";
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
