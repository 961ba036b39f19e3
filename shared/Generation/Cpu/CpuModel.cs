using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>The weights of a quantised serving file as the processor reads them: mapped from the file, each once.</summary>
internal sealed unsafe class CpuModel : IDisposable
{
    private readonly WeightFile _file;

    private CpuModel(WeightFile file, DecoderMetadata metadata, float epsilon)
    {
        _file = file;
        Shape = metadata.Shape;
        HeadSize = metadata.CacheHeadSize;
        Epsilon = epsilon;
        var C = Shape.Width;
        Embedding = file.Blocks("transformer.wte.weight", Shape.Vocabulary, C);
        Positions = file.Floats("transformer.wpe.weight", (long)Shape.Context * C);
        Layers = [.. Enumerable.Range(0, Shape.Layers).Select(layer => new CpuLayer(file, layer, C, AttentionWidth))];
        if (Shape.IsCtrl)
        {
            (EmbeddingFactor, Rectified) = (MathF.Sqrt(C), true);
            HeadBias = file.Floats("transformer.head.bias", Shape.Vocabulary);
        }

        (FinalScale, FinalShift) = ((nint)file.Floats("transformer.ln_f.weight", C), (nint)file.Floats("transformer.ln_f.bias", C));
    }

    public ModelShape Shape { get; }

    /// <summary>Numbers a head, padded to a multiple of 8.</summary>
    public int HeadSize { get; }

    /// <summary>Numbers of all heads.</summary>
    public int AttentionWidth => HeadSize * Shape.Heads;

    public float Epsilon { get; }

    /// <summary>The table of tokens and the head.</summary>
    public BlockWeights Embedding { get; }

    /// <summary>What a token's vector is multiplied by.</summary>
    public float EmbeddingFactor { get; } = 1;

    /// <summary>Whether the feed-forward layer has ReLU instead of GELU.</summary>
    public bool Rectified { get; }

    /// <summary>Added to the scores, or null.</summary>
    public float* HeadBias { get; }

    /// <summary>[Context, Width].</summary>
    public float* Positions { get; }

    public CpuLayer[] Layers { get; }

    /// <summary>Address of the last layer norm's factors.</summary>
    public nint FinalScale { get; }

    /// <summary>Address of the last layer norm's summands.</summary>
    public nint FinalShift { get; }

    /// <summary>Whether this processor and this file fit: AVX2, quantised, widths of whole blocks.</summary>
    public static bool Supports(OnnxFile file, DecoderMetadata metadata) =>
        Avx2.IsSupported && Fma.IsSupported && metadata.Quantization is "int8" or "int4"
        && metadata.Shape.Width % BlockWeights.Size == 0 && metadata.CacheHeadSize * metadata.Shape.Heads % BlockWeights.Size == 0
        && file.Tensors.TryGetValue("h.0.mlp.c_fc.bias", out var inner) && inner.Length / sizeof(float) % BlockWeights.Size == 0;

    /// <summary>Maps a file.</summary>
    /// <exception cref="ModelException">A tensor is missing or has another size.</exception>
    public static CpuModel Open(string path, OnnxFile file, DecoderMetadata metadata)
    {
        var weights = new WeightFile(path, file, metadata);
        try
        {
            return new(weights, metadata, metadata.Epsilon);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}

/// <summary>The weights of one block.</summary>
internal sealed unsafe class CpuLayer
{
    public CpuLayer(WeightFile file, int layer, int width, int attentionWidth)
    {
        var (own, norms) = ($"h.{layer}.", $"transformer.h.{layer}.");
        AttentionScale = file.Floats(norms + "ln_1.weight", width);
        AttentionShift = file.Floats(norms + "ln_1.bias", width);
        InnerScale = file.Floats(norms + "ln_2.weight", width);
        InnerShift = file.Floats(norms + "ln_2.bias", width);
        InnerBias = file.Floats(own + "mlp.c_fc.bias", out var inner);
        Projections = file.Blocks(own + "attn.c_attn", 3 * attentionWidth, width);
        Attended = file.Blocks(own + "attn.c_proj", width, attentionWidth);
        Inner = file.Blocks(own + "mlp.c_fc", inner, width);
        Outer = file.Blocks(own + "mlp.c_proj", width, inner);
        ProjectionsBias = file.Floats(own + "attn.c_attn.bias", 3 * attentionWidth);
        AttendedBias = file.Floats(own + "attn.c_proj.bias", width);
        OuterBias = file.Floats(own + "mlp.c_proj.bias", width);
    }

    public float* AttentionScale { get; }

    public float* AttentionShift { get; }

    public float* InnerScale { get; }

    public float* InnerShift { get; }

    /// <summary>Queries, keys and values of all heads.</summary>
    public BlockWeights Projections { get; }

    public float* ProjectionsBias { get; }

    /// <summary>From the heads back to the width.</summary>
    public BlockWeights Attended { get; }

    public float* AttendedBias { get; }

    /// <summary>To the inner width.</summary>
    public BlockWeights Inner { get; }

    public float* InnerBias { get; }

    /// <summary>And back.</summary>
    public BlockWeights Outer { get; }

    public float* OuterBias { get; }
}
