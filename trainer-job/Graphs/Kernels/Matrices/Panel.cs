using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>
/// Copies strips of the operands to where a tile reads them in one go. Beyond the edge of the matrix a strip is filled up with zeros.
/// </summary>
internal static unsafe class Panel
{
    /// <summary>Steps of a panel: 32 columns of it stay in a processor's first cache.</summary>
    public const int Steps = 256;

    /// <summary>A line more than the steps of a panel: rows at multiples of a page would share one place of the cache.</summary>
    public const int PaddedSteps = Steps + 16;

    /// <summary>Numbers of a strip of the left operand, in either layout.</summary>
    public const int LeftNumbers = Tile.Rows * PaddedSteps;

    /// <summary>Numbers of a strip of the right operand.</summary>
    public const int RightNumbers = Tile.Columns * Steps;

    private const int Side = 16;

    /// <summary>Rows of a matrix that lies by rows, into <see cref="RowByRow"/>.</summary>
    /// <param name="source">The first number.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="rows">Rows there are, at most <see cref="Tile.Rows"/>.</param>
    /// <param name="steps">Numbers of each.</param>
    /// <param name="target">The strip.</param>
    public static void CopyRows(float* source, nint stride, int rows, int steps, float* target)
    {
        for (var row = 0; row < Tile.Rows; row++, target += RowByRow.Row, source += stride)
        {
            if (row < rows)
            {
                Buffer.MemoryCopy(source, target, steps * sizeof(float), steps * sizeof(float));
            }
            else
            {
                new Span<float>(target, steps).Clear();
            }
        }
    }

    /// <summary>Columns of a matrix that lies by rows, into <see cref="StepByStep"/>: <paramref name="strips"/> strips at a time, so that whole cache lines are read.</summary>
    /// <param name="source">The first number.</param>
    /// <param name="stride">Numbers from one step to the next.</param>
    /// <param name="columns">Columns there are.</param>
    /// <param name="steps">Steps of each.</param>
    /// <param name="target">The first strip.</param>
    /// <param name="strips">How many strips.</param>
    /// <param name="strip">Numbers from one strip to the next.</param>
    public static void CopyColumns(float* source, nint stride, int columns, int steps, float* target, int strips, nint strip)
    {
        for (var step = 0; step < steps; step++, source += stride, target += Tile.Rows)
        {
            for (var i = 0; i < strips; i++)
            {
                var from = source + (i * Tile.Rows);
                var to = target + (i * strip);
                var left = columns - (i * Tile.Rows);
                if (left >= Tile.Rows)
                {
                    // Rows that lie pages apart are not foreseen by the processor.
                    Sse.Prefetch0(from + (2 * stride));
                    Vector256.Load(from).Store(to);
                    Vector128.Load(from + 8).Store(to + 8);
                }
                else
                {
                    CopyPadded(from, left, to, Tile.Rows);
                }
            }
        }
    }

    /// <summary>A strip of the right operand.</summary>
    /// <param name="matrix">The operand's first number.</param>
    /// <param name="stride">Numbers from one row of the operand, as it lies, to the next.</param>
    /// <param name="turned">Whether it lies by columns of the product.</param>
    /// <param name="step">The strip's first step.</param>
    /// <param name="steps">How many steps it has.</param>
    /// <param name="column">Its first column.</param>
    /// <param name="columns">Columns of the operand.</param>
    /// <param name="target">The strip.</param>
    public static void PackRight(float* matrix, nint stride, bool turned, int step, int steps, int column, int columns, float* target)
    {
        var width = Math.Min(Tile.Columns, columns - column);
        if (turned)
        {
            TurnRight(matrix + (column * stride) + step, stride, width, steps, target);
        }
        else
        {
            CopyRight(matrix + (step * stride) + column, stride, width, steps, target);
        }
    }

    private static void CopyRight(float* source, nint stride, int columns, int steps, float* target)
    {
        for (var step = 0; step < steps; step++, source += stride, target += Tile.Columns)
        {
            if (columns >= Tile.Columns)
            {
                Vector512.Load(source).Store(target);
                Vector512.Load(source + Side).Store(target + Side);
            }
            else
            {
                CopyPadded(source, columns, target, Tile.Columns);
            }
        }
    }

    private static void TurnRight(float* source, nint stride, int columns, int steps, float* target)
    {
        for (var column = 0; column < Tile.Columns; column += Side)
        {
            var whole = columns - column >= Side ? steps / Side * Side : 0;
            for (var step = 0; step < whole; step += Side)
            {
                Turn(source + (column * stride) + step, stride, target + (step * Tile.Columns) + column);
            }

            for (var c = column; c < column + Side; c++)
            {
                for (var step = whole; step < steps; step++)
                {
                    target[(step * Tile.Columns) + c] = c < columns ? source[(c * stride) + step] : 0;
                }
            }
        }
    }

    private static void CopyPadded(float* source, int count, float* target, int width)
    {
        for (var i = 0; i < width; i++)
        {
            target[i] = i < count ? source[i] : 0;
        }
    }

    /// <summary>16 rows of 16 numbers become columns: pairs, then fours, are interleaved within quarters, and the quarters change places twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* source, nint stride, float* target)
    {
        var (a0, a1, a2, a3) = Fours(source, stride);
        var (b0, b1, b2, b3) = Fours(source + (4 * stride), stride);
        var (c0, c1, c2, c3) = Fours(source + (8 * stride), stride);
        var (d0, d1, d2, d3) = Fours(source + (12 * stride), stride);
        StoreQuarters(a0, b0, c0, d0, target);
        StoreQuarters(a1, b1, c1, d1, target + Tile.Columns);
        StoreQuarters(a2, b2, c2, d2, target + (2 * Tile.Columns));
        StoreQuarters(a3, b3, c3, d3, target + (3 * Tile.Columns));
    }

    /// <summary>4 rows of 16 numbers: the first of all rows, the fifth of all, ...; then the second of all, the sixth, ...</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third, Vector512<float> Fourth) Fours(float* source, nint stride)
    {
        var (r0, r1) = (Vector512.Load(source), Vector512.Load(source + stride));
        var (r2, r3) = (Vector512.Load(source + (2 * stride)), Vector512.Load(source + (3 * stride)));
        var (p0, p1) = (Avx512F.UnpackLow(r0, r1).AsDouble(), Avx512F.UnpackHigh(r0, r1).AsDouble());
        var (p2, p3) = (Avx512F.UnpackLow(r2, r3).AsDouble(), Avx512F.UnpackHigh(r2, r3).AsDouble());
        return (
            Avx512F.UnpackLow(p0, p2).AsSingle(),
            Avx512F.UnpackHigh(p0, p2).AsSingle(),
            Avx512F.UnpackLow(p1, p3).AsSingle(),
            Avx512F.UnpackHigh(p1, p3).AsSingle());
    }

    /// <summary>The quarters of four registers as the columns that they are of: every fourth one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* target)
    {
        const byte even = 0x88;
        const byte odd = 0xdd;
        var (e0, e1) = (Avx512F.Shuffle4x128(a, b, even), Avx512F.Shuffle4x128(c, d, even));
        var (o0, o1) = (Avx512F.Shuffle4x128(a, b, odd), Avx512F.Shuffle4x128(c, d, odd));
        Avx512F.Shuffle4x128(e0, e1, even).Store(target);
        Avx512F.Shuffle4x128(o0, o1, even).Store(target + (4 * Tile.Columns));
        Avx512F.Shuffle4x128(e0, e1, odd).Store(target + (8 * Tile.Columns));
        Avx512F.Shuffle4x128(o0, o1, odd).Store(target + (12 * Tile.Columns));
    }
}
