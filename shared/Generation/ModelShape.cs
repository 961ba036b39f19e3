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

    /// <summary>Width of one head.</summary>
    public int HeadSize => Width / Heads;

    /// <summary>Parameters, with the tied head counted once: embeddings, 12·C² + 13·C a block, the last layer norm.</summary>
    public long Parameters => ((long)Vocabulary + Context) * Width + Layers * (12L * Width * Width + 13L * Width) + 2L * Width;
}
