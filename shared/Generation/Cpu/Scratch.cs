using System.Runtime.InteropServices;

namespace Pipeline.Generation.Cpu;

/// <summary>Room for what a pass computes in between, for a number of tokens.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private readonly List<nint> _blocks = [];

    public Scratch(CpuModel model, int members, int tokens, int inner)
    {
        var (width, attention) = (model.Shape.Width, model.AttentionWidth);
        ScoresStride = (model.Shape.Context + Attention.Tile - 1) / Attention.Tile * Attention.Tile;
        Residual = Floats((long)Math.Max(tokens, members) * width);
        Normal = Floats((long)members * width);
        Zeros = Floats(width);
        Branch = Floats((long)tokens * width);
        Projected = Floats((long)tokens * 3 * attention);
        Attended = Floats((long)tokens * attention);
        Inner = Floats((long)tokens * inner);
        Scores = Floats((long)members * ScoresStride);
        RanksStride = (model.Shape.Vocabulary + PackedWeights.Panel - 1) / PackedWeights.Panel;
        Ranks = Floats((long)tokens * RanksStride);
        ExactStride = TokenTable.ScratchOf(width);
        Exact = (int*)Floats((long)members * ExactStride);
        FromNormal = Rows(width);
        FromAttention = Rows(attention);
        FromFinal = Rows(width);
        FromInner = new(tokens, inner);

        PackedRows[] Rows(int columns) => [.. Enumerable.Range(0, members).Select(member => new PackedRows(member == 0 ? tokens : 1, columns))];
    }

    /// <summary>[tokens, width], or of a single token one row a member.</summary>
    public float* Residual { get; }

    /// <summary>A row a member.</summary>
    public float* Normal { get; }

    public float* Zeros { get; }

    /// <summary>[tokens, width]: what a block adds to the residual stream, before its bias.</summary>
    public float* Branch { get; }

    /// <summary>[tokens, 3 · attention width].</summary>
    public float* Projected { get; }

    /// <summary>[tokens, attention width].</summary>
    public float* Attended { get; }

    /// <summary>[tokens, inner width].</summary>
    public float* Inner { get; }

    /// <summary>A row of <see cref="ScoresStride"/> a member.</summary>
    public float* Scores { get; }

    public int ScoresStride { get; }

    /// <summary>A row of <see cref="RanksStride"/> for each text whose next token is asked for: the head's highest scores, a panel each.</summary>
    public float* Ranks { get; }

    public int RanksStride { get; }

    /// <summary>A row of <see cref="ExactStride"/> a member, for <see cref="TokenTable.MakeExact"/>.</summary>
    public int* Exact { get; }

    public int ExactStride { get; }

    /// <summary>One a member, for a single token; several tokens use the first.</summary>
    public PackedRows[] FromNormal { get; }

    /// <summary>One a member, for a single token; several tokens use the first.</summary>
    public PackedRows[] FromAttention { get; }

    /// <summary>One a member, for a single token; several tokens use the first.</summary>
    public PackedRows[] FromFinal { get; }

    /// <summary>One for all.</summary>
    public PackedRows FromInner { get; }

    /// <summary>Makes room for the activations of a pass.</summary>
    /// <param name="tokens">Tokens.</param>
    /// <param name="wanted">Those whose successors are asked for.</param>
    public void Begin(int tokens, int wanted)
    {
        FromInner.Begin(tokens);
        for (var i = 0; i < (tokens == 1 ? FromNormal.Length : 1); i++)
        {
            FromNormal[i].Begin(tokens);
            FromAttention[i].Begin(tokens);
            FromFinal[i].Begin(wanted);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _blocks.ForEach(block => NativeMemory.AlignedFree((void*)block));
        foreach (var rows in FromNormal.Concat(FromAttention).Concat(FromFinal).Append(FromInner))
        {
            rows.Dispose();
        }
    }

    private float* Floats(long count)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
        NativeMemory.Clear(memory, (nuint)(count * sizeof(float)));
        _blocks.Add((nint)memory);
        return memory;
    }
}
