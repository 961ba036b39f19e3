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
        FromNormal = [.. Enumerable.Range(0, members).Select(_ => new QuantizedRows(tokens, width))];
        FromAttention = [.. Enumerable.Range(0, members).Select(_ => new QuantizedRows(tokens, attention))];
        FromInner = [new QuantizedRows(tokens, inner)];
        if (tokens > 1)
        {
            (GroupedNormal, GroupedAttention, GroupedInner) = (new(tokens, width), new(tokens, attention), new(tokens, inner));
        }
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

    /// <summary>One a member; several tokens use the first.</summary>
    public QuantizedRows[] FromNormal { get; }

    /// <summary>One a member; several tokens use the first.</summary>
    public QuantizedRows[] FromAttention { get; }

    /// <summary>One for all.</summary>
    public QuantizedRows[] FromInner { get; }

    public GroupedRows? GroupedNormal { get; }

    public GroupedRows? GroupedAttention { get; }

    public GroupedRows? GroupedInner { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        _blocks.ForEach(block => NativeMemory.AlignedFree((void*)block));
        foreach (var rows in FromNormal.Concat(FromAttention).Concat(FromInner))
        {
            rows.Dispose();
        }

        GroupedNormal?.Dispose();
        GroupedAttention?.Dispose();
        GroupedInner?.Dispose();
    }

    private float* Floats(long count)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
        NativeMemory.Clear(memory, (nuint)(count * sizeof(float)));
        _blocks.Add((nint)memory);
        return memory;
    }
}
