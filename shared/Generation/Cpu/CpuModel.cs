using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>The weights of a quantised serving file: matrices laid out as the processor reads them, the rest mapped from the file.</summary>
internal sealed unsafe class CpuModel : IDisposable
{
    private readonly WeightFile _file;
    private readonly PackedMemory _memory;

    private CpuModel(WeightFile file, DecoderMetadata metadata, float epsilon)
    {
        _file = file;
        Shape = metadata.Shape;
        HeadSize = metadata.CacheHeadSize;
        Epsilon = epsilon;
        var C = Shape.Width;
        Positions = file.Floats("transformer.wpe.weight", (long)Shape.Context * C);
        if (Shape.IsCtrl)
        {
            (EmbeddingFactor, Rectified) = (MathF.Sqrt(C), true);
            HeadBias = file.Floats("transformer.head.bias", Shape.Vocabulary);
        }

        (FinalScale, FinalShift) = ((nint)file.Floats("transformer.ln_f.weight", C), (nint)file.Floats("transformer.ln_f.bias", C));
        var table = file.Blocks("transformer.wte.weight", Shape.Vocabulary, C);
        Layers = [.. Enumerable.Range(0, Shape.Layers).Select(layer => new CpuLayer(file, layer, C, AttentionWidth))];
        _memory = new(TokenTable.SizeOf(table) + Layers.Sum(layer => layer.Size));
        Table = new(table, _memory);
        table.Forget();
        Array.ForEach(Layers, layer => layer.Pack(_memory));
    }

    public ModelShape Shape { get; }

    /// <summary>Numbers a head, padded to a multiple of 8.</summary>
    public int HeadSize { get; }

    /// <summary>Numbers of all heads.</summary>
    public int AttentionWidth => HeadSize * Shape.Heads;

    public float Epsilon { get; }

    /// <summary>The table of tokens and the head.</summary>
    public TokenTable Table { get; }

    /// <summary>What a token's vector is multiplied by.</summary>
    public float EmbeddingFactor { get; } = 1;

    /// <summary>Whether the feed-forward layer has ReLU instead of GELU.</summary>
    public bool Rectified { get; }

    /// <summary>Added to the scores, or null.</summary>
    public float* HeadBias { get; }

    /// <summary>[Context, Width].</summary>
    public float* Positions { get; }

    public CpuLayer[] Layers { get; }

    /// <summary>Bytes of matrices that a token reads, all but the few that make scores exact.</summary>
    public long BytesPerToken => Table.Upper.Bytes + Layers.Sum(layer => layer.Projections.Bytes + layer.Attended.Bytes + layer.Inner.Bytes + layer.Outer.Bytes);

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
    public void Dispose()
    {
        _memory.Dispose();
        _file.Dispose();
    }
}

/// <summary>The weights of one block.</summary>
internal sealed unsafe class CpuLayer
{
    private readonly BlockWeights[] _stored;

    public CpuLayer(WeightFile file, int layer, int width, int attentionWidth)
    {
        var (own, norms) = ($"h.{layer}.", $"transformer.h.{layer}.");
        AttentionScale = file.Floats(norms + "ln_1.weight", width);
        AttentionShift = file.Floats(norms + "ln_1.bias", width);
        InnerScale = file.Floats(norms + "ln_2.weight", width);
        InnerShift = file.Floats(norms + "ln_2.bias", width);
        InnerBias = file.Floats(own + "mlp.c_fc.bias", out var inner);
        _stored =
        [
            file.Blocks(own + "attn.c_attn", 3 * attentionWidth, width),
            file.Blocks(own + "attn.c_proj", width, attentionWidth),
            file.Blocks(own + "mlp.c_fc", inner, width),
            file.Blocks(own + "mlp.c_proj", width, inner),
        ];
        ProjectionsBias = file.Floats(own + "attn.c_attn.bias", 3 * attentionWidth);
        AttendedBias = file.Floats(own + "attn.c_proj.bias", width);
        OuterBias = file.Floats(own + "mlp.c_proj.bias", width);
    }

    public float* AttentionScale { get; }

    public float* AttentionShift { get; }

    public float* InnerScale { get; }

    public float* InnerShift { get; }

    /// <summary>Queries, keys and values of all heads.</summary>
    public PackedWeights Projections { get; private set; } = null!;

    public float* ProjectionsBias { get; }

    /// <summary>From the heads back to the width.</summary>
    public PackedWeights Attended { get; private set; } = null!;

    public float* AttendedBias { get; }

    /// <summary>To the inner width.</summary>
    public PackedWeights Inner { get; private set; } = null!;

    public float* InnerBias { get; }

    /// <summary>And back.</summary>
    public PackedWeights Outer { get; private set; } = null!;

    public float* OuterBias { get; }

    /// <summary>Bytes that the matrices take when they are laid out.</summary>
    public long Size => _stored.Sum(PackedWeights.SizeOf);

    /// <summary>Lays out the matrices; the file is not read again.</summary>
    public void Pack(PackedMemory memory)
    {
        var packed = Array.ConvertAll(_stored, stored => PackedWeights.Pack(stored, memory));
        Array.ForEach(_stored, stored => stored.Forget());
        (Projections, Attended, Inner, Outer) = (packed[0], packed[1], packed[2], packed[3]);
    }
}
