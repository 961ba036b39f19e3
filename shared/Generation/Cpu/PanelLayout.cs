using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>Brings stored weights into the order of <see cref="PackedWeights"/>, a panel at a time: how long a model takes to open.</summary>
internal static unsafe class PanelLayout
{
    private const float LargestFraction = short.MaxValue;

    // Rows whose fours are brought side by side at once: 8 of 8 fill the registers of AVX2.
    private const int Half = 8;

    /// <summary>Lays out all panels of a matrix.</summary>
    /// <param name="source">The matrix.</param>
    /// <param name="to">Its place; of 8-bit weights in a 4-bit form the upper halves are taken.</param>
    public static void Fill(BlockWeights source, PackedWeights to) => Parallel.For(0, (int)to.Panels, panel =>
    {
        var rows = Math.Min(PackedWeights.Panel, to.Rows - (panel * PackedWeights.Panel));
        Clear(to, panel, rows);
        for (var row = 0; row < rows; row++)
        {
            FillScales(source, to, (panel * PackedWeights.Panel) + row);
        }

        FillValues(source, to, panel, rows);
    });

    // What nothing fills stands for nothing: rows after the last, and the second block of a last pair.
    private static void Clear(PackedWeights to, int panel, int rows)
    {
        var scales = new Span<byte>(to.BlockScales(panel, 0), (int)to.PanelScaleBytes);
        if (rows < PackedWeights.Panel)
        {
            scales.Clear();
            new Span<float>(to.RowScales + (panel * PackedWeights.Panel), PackedWeights.Panel).Clear();
        }
        else
        {
            scales[^PackedWeights.ScaleBytes(to.Form)..].Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillScales(BlockWeights source, PackedWeights to, int row)
    {
        var blocks = source.Blocks;
        var scales = source.Scales + ((long)row * blocks);
        var largest = 0f;
        for (var block = 0; block < blocks; block++)
        {
            // Nothing but zeros needs no scale, and whatever stands there would make the others' coarse.
            var magnitude = MathF.Abs(scales[block]);
            largest = magnitude > largest && !source.IsZero(row, block) ? magnitude : largest;
        }

        var unit = largest / LargestFraction;
        to.RowScales[row] = Halved(source, to) ? 16 * unit : unit;
        var at = to.BlockScales(row / PackedWeights.Panel, 0) + (row % PackedWeights.Panel * sizeof(short));
        var stride = PackedWeights.ScaleBytes(to.Form);
        for (var block = 0; block < blocks; block++, at += stride)
        {
            *(short*)at = unit == 0 ? (short)0 : (short)Sse.ConvertToInt32(Vector128.CreateScalarUnsafe(MathF.Min(MathF.Max(scales[block] / unit, -LargestFraction), LargestFraction)));
        }

        if (to.Form == WeightForm.FourBitsAndZeros)
        {
            at = to.BlockScales(row / PackedWeights.Panel, 0) + (PackedWeights.Panel * sizeof(short)) + (row % PackedWeights.Panel);
            for (var block = 0; block < blocks; block++, at += stride)
            {
                *at = (byte)source.ZeroPoint(row, block);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillValues(BlockWeights source, PackedWeights to, int panel, int rows)
    {
        const int quadBytes = PackedWeights.Panel * 4;
        var at = to.Values + (panel * to.PanelBytes);
        var (steps, first) = (to.Steps, panel * PackedWeights.Panel);
        var kind = to.Form == WeightForm.EightBits ? Kind.Whole : Halved(source, to) ? Kind.UpperHalves : Kind.Pairs;
        for (var step = 0; step < steps; step++)
        {
            for (var half = 0; half < PackedWeights.Panel; half += Half, at += Half * 4)
            {
                var (row, there) = (first + half, rows - half);
                var (a, b) = Pair(source, row, there, step, kind);
                var (c, d) = Pair(source, row + 2, there - 2, step, kind);
                var (e, f) = Pair(source, row + 4, there - 4, step, kind);
                var (g, h) = Pair(source, row + 6, there - 6, step, kind);
                Four(a, c, e, g, at);
                Four(b, d, f, h, at + (2 * quadBytes));
            }

            at += PackedWeights.StepBytes - (PackedWeights.Panel * 4);
        }

        // Of two rows the fours 0, 1, 4, 5 and 2, 3, 6, 7, alternately.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static (Vector256<long> Low, Vector256<long> High) Pair(BlockWeights source, int row, int there, int step, Kind kind)
        {
            var x = there > 0 ? Stored(source, row, step, kind).AsInt32() : Vector256<int>.Zero;
            var y = there > 1 ? Stored(source, row + 1, step, kind).AsInt32() : Vector256<int>.Zero;
            return (Avx2.UnpackLow(x, y).AsInt64(), Avx2.UnpackHigh(x, y).AsInt64());
        }

        // Of four pairs two fours and those four further on, each of eight rows.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Four(Vector256<long> a, Vector256<long> b, Vector256<long> c, Vector256<long> d, byte* at)
        {
            Two(Avx2.UnpackLow(a, b), Avx2.UnpackLow(c, d), at);
            Two(Avx2.UnpackHigh(a, b), Avx2.UnpackHigh(c, d), at + quadBytes);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Two(Vector256<long> x, Vector256<long> y, byte* at)
        {
            Avx2.Permute2x128(x, y, 0x20).AsByte().Store(at);
            Avx2.Permute2x128(x, y, 0x31).AsByte().Store(at + (4 * quadBytes));
        }
    }

    private static bool Halved(BlockWeights source, PackedWeights to) => source.Bits == 8 && to.Form == WeightForm.FourBits;

    // What a step holds of a row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Stored(BlockWeights source, int row, int step, Kind kind)
    {
        if (kind == Kind.Whole)
        {
            return source.Stored(row, step);
        }

        var first = source.Stored(row, 2 * step);
        var second = (2 * step) + 1 < source.Blocks ? source.Stored(row, (2 * step) + 1) : Vector256<byte>.Zero;
        return kind == Kind.UpperHalves
            ? ((first.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15)) | (second & Vector256.Create((byte)240))
            : first | (second.AsUInt16() << 4).AsByte();
    }

    private enum Kind
    {
        Whole,
        UpperHalves,
        Pairs,
    }
}
