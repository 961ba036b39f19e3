using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>
/// The innermost product: 12 rows by 32 columns stay in 24 registers of 16 numbers while a packed strip of each operand is read once.
/// Each step takes 24 fused multiplications and 14 reads, which two multipliers and two readers finish together.
/// </summary>
internal static unsafe class Tile
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 12;

    /// <summary>Columns of a tile: two registers.</summary>
    public const int Columns = 32;

    private const int Half = Columns / 2;

    /// <summary>c = start + factor · left · right for one tile or, at the edge of a matrix, the part of it that there is.</summary>
    /// <param name="left">The packed rows.</param>
    /// <param name="byStep">Whether they are packed <see cref="StepByStep"/>, else <see cref="RowByRow"/>.</param>
    /// <param name="right">The packed columns: 32 numbers a step.</param>
    /// <param name="steps">How many products are summed for each element.</param>
    /// <param name="factor">What the sums are multiplied by.</param>
    /// <param name="start">What they are added to; may be <paramref name="c"/>.</param>
    /// <param name="startStride">Numbers from one row of it to the next; 0 takes one row for all.</param>
    /// <param name="c">The result.</param>
    /// <param name="stride">Numbers from one row of it to the next.</param>
    /// <param name="rows">Rows of the result from the tile's first on.</param>
    /// <param name="columns">Columns of the result from the tile's first on.</param>
    public static void Multiply(float* left, bool byStep, float* right, int steps, float factor, float* start, nint startStride, float* c, nint stride, int rows, int columns)
    {
        if (rows < Rows || columns < Columns)
        {
            MultiplyPart(left, byStep, right, steps, factor, start, startStride, c, stride, Math.Min(rows, Rows), Math.Min(columns, Columns));
        }
        else if (byStep)
        {
            Multiply<StepByStep>(left, right, steps, factor, start, startStride, c, stride);
        }
        else
        {
            Multiply<RowByRow>(left, right, steps, factor, start, startStride, c, stride);
        }
    }

    // A whole tile, of which only what there is is taken from and given to the matrix.
    private static void MultiplyPart(float* left, bool byStep, float* right, int steps, float factor, float* start, nint startStride, float* c, nint stride, int rows, int columns)
    {
        var tile = stackalloc float[Rows * Columns];
        Copy(start, startStride, tile, Columns, rows, columns);
        Multiply(left, byStep, right, steps, factor, tile, Columns, tile, Columns, Rows, Columns);
        Copy(tile, Columns, c, stride, rows, columns);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TLayout>(float* left, float* right, int steps, float factor, float* start, nint startStride, float* c, nint stride)
        where TLayout : struct, ILeftLayout
    {
        // What the result is written to is not in the cache at first: it comes while the sums are made.
        for (var row = 0; row < Rows; row++)
        {
            Sse.Prefetch0(c + (row * stride));
            Sse.Prefetch0(c + (row * stride) + Half);
        }

        var (a0, b0) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a1, b1) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a2, b2) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a3, b3) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a4, b4) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a5, b5) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a6, b6) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a7, b7) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a8, b8) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a9, b9) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a10, b10) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (a11, b11) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var end = right + ((nint)steps * Columns); right < end; right += Columns, left += TLayout.Step)
        {
            var (low, high) = (Vector512.Load(right), Vector512.Load(right + Half));
            var x = Vector512.Create(left[0]);
            a0 = Avx512F.FusedMultiplyAdd(x, low, a0);
            b0 = Avx512F.FusedMultiplyAdd(x, high, b0);
            x = Vector512.Create(left[TLayout.Row]);
            a1 = Avx512F.FusedMultiplyAdd(x, low, a1);
            b1 = Avx512F.FusedMultiplyAdd(x, high, b1);
            x = Vector512.Create(left[2 * TLayout.Row]);
            a2 = Avx512F.FusedMultiplyAdd(x, low, a2);
            b2 = Avx512F.FusedMultiplyAdd(x, high, b2);
            x = Vector512.Create(left[3 * TLayout.Row]);
            a3 = Avx512F.FusedMultiplyAdd(x, low, a3);
            b3 = Avx512F.FusedMultiplyAdd(x, high, b3);
            x = Vector512.Create(left[4 * TLayout.Row]);
            a4 = Avx512F.FusedMultiplyAdd(x, low, a4);
            b4 = Avx512F.FusedMultiplyAdd(x, high, b4);
            x = Vector512.Create(left[5 * TLayout.Row]);
            a5 = Avx512F.FusedMultiplyAdd(x, low, a5);
            b5 = Avx512F.FusedMultiplyAdd(x, high, b5);
            x = Vector512.Create(left[6 * TLayout.Row]);
            a6 = Avx512F.FusedMultiplyAdd(x, low, a6);
            b6 = Avx512F.FusedMultiplyAdd(x, high, b6);
            x = Vector512.Create(left[7 * TLayout.Row]);
            a7 = Avx512F.FusedMultiplyAdd(x, low, a7);
            b7 = Avx512F.FusedMultiplyAdd(x, high, b7);
            x = Vector512.Create(left[8 * TLayout.Row]);
            a8 = Avx512F.FusedMultiplyAdd(x, low, a8);
            b8 = Avx512F.FusedMultiplyAdd(x, high, b8);
            x = Vector512.Create(left[9 * TLayout.Row]);
            a9 = Avx512F.FusedMultiplyAdd(x, low, a9);
            b9 = Avx512F.FusedMultiplyAdd(x, high, b9);
            x = Vector512.Create(left[10 * TLayout.Row]);
            a10 = Avx512F.FusedMultiplyAdd(x, low, a10);
            b10 = Avx512F.FusedMultiplyAdd(x, high, b10);
            x = Vector512.Create(left[11 * TLayout.Row]);
            a11 = Avx512F.FusedMultiplyAdd(x, low, a11);
            b11 = Avx512F.FusedMultiplyAdd(x, high, b11);
        }

        var scale = Vector512.Create(factor);
        Store(a0, b0, scale, start, c);
        Store(a1, b1, scale, start + startStride, c + stride);
        Store(a2, b2, scale, start + (2 * startStride), c + (2 * stride));
        Store(a3, b3, scale, start + (3 * startStride), c + (3 * stride));
        Store(a4, b4, scale, start + (4 * startStride), c + (4 * stride));
        Store(a5, b5, scale, start + (5 * startStride), c + (5 * stride));
        Store(a6, b6, scale, start + (6 * startStride), c + (6 * stride));
        Store(a7, b7, scale, start + (7 * startStride), c + (7 * stride));
        Store(a8, b8, scale, start + (8 * startStride), c + (8 * stride));
        Store(a9, b9, scale, start + (9 * startStride), c + (9 * stride));
        Store(a10, b10, scale, start + (10 * startStride), c + (10 * stride));
        Store(a11, b11, scale, start + (11 * startStride), c + (11 * stride));
    }

    private static void Copy(float* source, nint sourceStride, float* target, nint targetStride, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(source + (row * sourceStride), columns).CopyTo(new Span<float>(target + (row * targetStride), columns));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, Vector512<float> factor, float* start, float* c)
    {
        Avx512F.FusedMultiplyAdd(low, factor, Vector512.Load(start)).Store(c);
        Avx512F.FusedMultiplyAdd(high, factor, Vector512.Load(start + Half)).Store(c + Half);
    }
}
