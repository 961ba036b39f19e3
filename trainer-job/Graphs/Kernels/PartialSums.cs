using System.Runtime.InteropServices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>One row of sums for each block of rows, added up in order: the same result however many threads there are.</summary>
internal sealed unsafe class PartialSums : IDisposable
{
    // Blocks must not share a cache line.
    private const int Alignment = 64;

    private readonly float* _memory;
    private readonly int _columns;
    private readonly int _stride;

    public PartialSums(int columns)
    {
        _columns = columns;
        _stride = (columns + (Alignment / sizeof(float)) - 1) / (Alignment / sizeof(float)) * (Alignment / sizeof(float));
        var bytes = (nuint)_stride * VectorMath.RowBlocks * sizeof(float);
        _memory = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_memory, bytes);
    }

    public float* Of(int block) => _memory + ((long)block * _stride);

    /// <summary>Writes the sums of all blocks.</summary>
    public void Total(float* target)
    {
        new Span<float>(target, _columns).Clear();
        for (var block = 0; block < VectorMath.RowBlocks; block++)
        {
            VectorMath.Add(target, Of(block), _columns);
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
