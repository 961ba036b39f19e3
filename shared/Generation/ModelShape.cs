using System.Text.Json.Serialization;

namespace Pipeline.Generation;

/// <summary>The sizes of a GPT-2-architecture model.</summary>
/// <param name="Layers">Transformer blocks.</param>
/// <param name="Heads">Attention heads a block; divides <paramref name="Width"/>.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Context">Longest sequence, in tokens.</param>
/// <param name="Vocabulary">Rows of the token embedding.</param>
public sealed record ModelShape(int Layers, int Heads, int Width, int Context, int Vocabulary)
{
    /// <summary>OpenAI's smallest GPT-2, 124 million parameters.</summary>
    public static ModelShape Gpt2 { get; } = new(12, 12, 768, 1024, 50257);

    /// <summary>What the blocks compute: null for GPT-2, else another architecture's name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Architecture { get; init; }

    /// <summary>Width of the feed-forward layer if it is not four times the model's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Inner { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    [JsonIgnore]
    public int InnerWidth => Inner ?? 4 * Width;

    /// <summary>Whether the blocks are those of CTRL.</summary>
    [JsonIgnore]
    public bool IsCtrl => Architecture == Ctrl.CtrlConfig.Type;

    /// <summary>Width of one head.</summary>
    public int HeadSize => Width / Heads;

    /// <summary>Parameters, with the tied head counted once: embeddings, 12·C² + 13·C a block (with a feed-forward layer of 4·C), the last layer norm.</summary>
    public long Parameters => ((long)Vocabulary + Context) * Width + Layers * (4L * Width * Width + 2L * Width * InnerWidth + 9L * Width + InnerWidth) + 2L * Width;
}
