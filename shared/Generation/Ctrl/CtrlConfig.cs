using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Generation.Ctrl;

/// <summary>
/// The <c>config.json</c> of a CTRL (Keskar et al. 2019, https://arxiv.org/abs/1909.05858) in Hugging Face's layout. Its blocks are those of
/// GPT-2 but for ReLU, layer norms with ε 1e-6, embeddings times √width, positions that are sines and cosines, and a bias of the head.
/// </summary>
public sealed record CtrlConfig
{
    /// <summary>The architecture's name in <c>model_type</c>.</summary>
    public const string Type = "ctrl";

    // Longer tables of positions say nothing of what was trained: the published model has 50,000 of them and learnt 512.
    private const int LongestContext = 1024;

    /// <summary><see cref="Type"/>.</summary>
    [JsonPropertyName("model_type")] public string ModelType { get; set; } = Type;

    /// <summary>Blocks.</summary>
    [JsonPropertyName("n_layer")] public int Layers { get; set; } = 48;

    /// <summary>Attention heads a block.</summary>
    [JsonPropertyName("n_head")] public int Heads { get; set; } = 16;

    /// <summary>Width of the residual stream.</summary>
    [JsonPropertyName("n_embd")] public int Width { get; set; } = 1280;

    /// <summary>Width of the feed-forward layer.</summary>
    [JsonPropertyName("dff")] public int Inner { get; set; } = 8192;

    /// <summary>Positions that there are.</summary>
    [JsonPropertyName("n_positions")] public int Positions { get; set; } = 256;

    /// <summary>Tokens that the model learnt to look at; null for <see cref="Positions"/>.</summary>
    [JsonPropertyName("n_ctx")] public int? Window { get; set; }

    /// <summary>Tokens.</summary>
    [JsonPropertyName("vocab_size")] public int Vocabulary { get; set; } = 246534;

    /// <summary>Added to the variance by every layer norm.</summary>
    [JsonPropertyName("layer_norm_epsilon")] public float Epsilon { get; set; } = 1e-6f;

    /// <summary>Whether the head is the token table; nothing else is known here.</summary>
    [JsonPropertyName("tie_word_embeddings")] public bool TiedHead { get; set; } = true;

    /// <summary>The published model: 1.6 billion parameters.</summary>
    [JsonIgnore]
    public static ModelShape Published { get; } = new CtrlConfig { Window = 256 }.Shape;

    /// <summary>The sizes in the terms that all models share.</summary>
    [JsonIgnore]
    public ModelShape Shape => new(Layers, Heads, Width, Math.Min(LongestContext, Math.Min(Window ?? Positions, Positions)), Vocabulary) { Architecture = Type, Inner = Inner };

    /// <summary>The same for the export.</summary>
    [JsonIgnore]
    public ModelConfig AsModelConfig => new(Shape, Inner, Epsilon);

    /// <summary>The configuration of a model with these sizes.</summary>
    public static CtrlConfig Of(ModelShape shape) => new()
    {
        Layers = shape.Layers,
        Heads = shape.Heads,
        Width = shape.Width,
        Inner = shape.InnerWidth,
        Positions = shape.Context,
        Window = shape.Context,
        Vocabulary = shape.Vocabulary,
    };

    /// <summary>The file as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CtrlJson.Default.CtrlConfig);

    /// <summary>Reads the file of a model folder.</summary>
    /// <exception cref="ModelException">It is missing, no JSON, or describes a model that cannot be used.</exception>
    public static CtrlConfig Read(string folder)
    {
        var path = Path.Combine(folder, ModelConfig.FileName);
        CtrlConfig config;
        try
        {
            config = JsonSerializer.Deserialize(File.ReadAllBytes(path), CtrlJson.Default.CtrlConfig) ?? throw new ModelException($"{path} holds no JSON object.");
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            throw new ModelException($"{path} cannot be read: {failure.Message}", failure);
        }

        string[] problems =
        [
            .. new[] { ("n_layer", config.Layers), ("n_head", config.Heads), ("n_embd", config.Width), ("dff", config.Inner), ("n_positions", config.Positions), ("n_ctx", config.Window ?? 1), ("vocab_size", config.Vocabulary) }
                .Where(size => size.Item2 < 1).Select(size => $"{size.Item1} is {size.Item2}, not a positive number"),
            .. config.Heads > 0 && config.Width % (2 * config.Heads) != 0 ? new[] { $"n_embd {config.Width} is no even multiple of n_head {config.Heads}" } : [],
            .. config.TiedHead && config.Epsilon == 1e-6f ? Array.Empty<string>() : ["tie_word_embeddings must be true and layer_norm_epsilon 1e-6"],
        ];
        return problems.Length == 0 ? config : throw new ModelException($"{path} describes a model that cannot be used: {string.Join("; ", problems)}.");
    }

    /// <summary>The table of positions [count, width]: the left half of a row sines, the right half cosines, of p / 10000^(2⌊i/2⌋/width).</summary>
    public static float[] PositionTable(int count, int width)
    {
        var table = new float[count * width];
        for (var position = 0; position < count; position++)
        {
            for (var pair = 0; pair < width / 2; pair++)
            {
                // In float64: an angle of some hundreds has too few digits left in float32.
                var angle = position / Math.Pow(10000, 2.0 * pair / width);
                table[(position * width) + pair] = (float)Math.Sin(angle);
                table[(position * width) + (width / 2) + pair] = (float)Math.Cos(angle);
            }
        }

        return table;
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CtrlConfig))]
internal sealed partial class CtrlJson : JsonSerializerContext;
