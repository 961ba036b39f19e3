using System.Numerics.Tensors;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// Block quantisation in the form of ONNX Runtime's MatMulNBits and GatherBlockQuantized: along each row, every block of values
/// shares one scale; value = (q - zero point) · scale. The last block of a row is padded with zeros.
/// </summary>
internal static class BlockQuantizer
{
    // Scales tried on either side of the one that just holds the largest value, in tenths of a step: few values are large, and the
    // others gain more from a finer scale than those lose by being cut.
    private const int SearchTenths = 12;

    // The product's own kernels keep a block's scale in 16 bits, as a fraction of its row's largest: scales are such fractions from the start,
    // so that every runtime computes with the same weights.
    private const float LargestFraction = short.MaxValue;

    // Rows between those that the need for zero points is judged by.
    private const int SampleStride = 16;

    // A bit more a value makes the squared error four times smaller, so zero points, 4 bits a block, must take off at least this share.
    private static double WorthOfZeroPoints(BlockFormat format) => Math.Pow(4, -(double)format.Bits / format.Size);

    /// <summary>The format with zero points if they are worth their place in this matrix, else as it is; 8 bits never need them.</summary>
    /// <param name="row">Fills row r of <paramref name="columns"/> values.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="format">A format without zero points.</param>
    public static BlockFormat Choose(Action<int, Span<float>> row, int rows, int columns, BlockFormat format)
    {
        if (format.Bits == 8)
        {
            return format;
        }

        var with = format with { ZeroPoints = true };
        var sampled = (rows + SampleStride - 1) / SampleStride;
        return Error(with) < Error(format) * WorthOfZeroPoints(format) ? with : format;

        double Error(BlockFormat tried) => Quantize(Sampled, sampled, columns, tried).SquaredError;

        void Sampled(int r, Span<float> to) => row(r * SampleStride, to);
    }

    /// <summary>Quantises a matrix given row by row.</summary>
    /// <param name="row">Fills row r of <paramref name="columns"/> values.</param>
    /// <param name="rows">Rows, the outputs of a linear layer.</param>
    /// <param name="columns">Columns, its inputs.</param>
    /// <param name="format">Of the blocks.</param>
    public static BlockMatrix Quantize(Action<int, Span<float>> row, int rows, int columns, BlockFormat format)
    {
        var blocks = (columns + format.Size - 1) / format.Size;
        var zeroPointBytes = format.ZeroPoints ? ((blocks * format.Bits) + 7) / 8 : 0;
        var result = new BlockMatrix(rows, columns, format, new byte[(long)rows * blocks * format.Size * format.Bits / 8],
            new float[(long)rows * blocks], new byte[(long)rows * zeroPointBytes]);
        var errors = new double[rows];
        Parallel.For(0, rows, () => (Values: new float[blocks * format.Size], Stored: new byte[format.Size], Best: new byte[format.Size]), (r, _, buffers) =>
        {
            row(r, buffers.Values.AsSpan(0, columns));
            for (var b = 0; b < blocks; b++)
            {
                var at = ((long)r * blocks) + b;
                var (scale, zeroPoint, error) = QuantizeBlock(buffers.Values.AsSpan(b * format.Size, format.Size), format, buffers.Stored, buffers.Best);
                result.Scales[at] = scale;
                errors[r] += error;
                Pack(buffers.Best, format.Bits, result.Values.AsSpan((int)(at * result.BlockBytes), result.BlockBytes));
                if (format.ZeroPoints)
                {
                    var place = ((long)r * zeroPointBytes) + (b * format.Bits / 8);
                    result.ZeroPoints[place] |= (byte)(zeroPoint << (format.Bits == 4 ? b % 2 * 4 : 0));
                }
            }

            Round(result.Scales.AsSpan(r * blocks, blocks));
            return buffers;
        }, static _ => { });
        return result with { SquaredError = errors.Sum() };
    }

    private static void Round(Span<float> scales)
    {
        var unit = Math.Max(MathF.Abs(TensorPrimitives.MaxMagnitude<float>(scales)), float.Epsilon) / LargestFraction;
        foreach (ref var scale in scales)
        {
            scale = unit == 0 ? scale : MathF.Round(scale / unit) * unit;
        }
    }

    private static void Pack(ReadOnlySpan<byte> stored, int bits, Span<byte> to)
    {
        if (bits == 8)
        {
            stored.CopyTo(to);
            return;
        }

        for (var i = 0; i < to.Length; i++)
        {
            to[i] = (byte)(stored[2 * i] | (stored[(2 * i) + 1] << 4));
        }
    }

    private static (float Scale, int ZeroPoint, double Error) QuantizeBlock(ReadOnlySpan<float> values, BlockFormat format, Span<byte> stored, Span<byte> best)
    {
        var (extreme, least, most) = (0f, 0f, 0f);
        foreach (var value in values)
        {
            extreme = Math.Abs(value) > Math.Abs(extreme) ? value : extreme;
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        }

        if (extreme == 0)
        {
            best.Fill((byte)format.Middle);
            return (0, format.Middle, 0);
        }

        var (scale, zeroPoint, error) = (0f, 0, double.PositiveInfinity);
        // 8 bits are fine enough as they come.
        var reach = format.Bits == 8 ? 0 : SearchTenths;
        for (var tenths = -reach; tenths <= reach; tenths++)
        {
            // The value of largest magnitude becomes exactly 0, whatever its sign: one step more of range than the other side has.
            Try(extreme / -(format.Middle + (tenths / 10f)), format.Middle, stored, values, best);
            if (format.ZeroPoints)
            {
                var step = (most - least) / (format.Largest + (tenths / 10f));
                Try(step, (int)Math.Clamp(MathF.Round(-least / step), 0, format.Largest), stored, values, best);
            }
        }

        return (scale, zeroPoint, error);

        void Try(float candidate, int zero, Span<byte> stored, ReadOnlySpan<float> values, Span<byte> best)
        {
            var inverse = 1 / candidate;
            var (square, product, energy) = (0.0, 0.0, 0.0);
            for (var i = 0; i < values.Length; i++)
            {
                stored[i] = (byte)Math.Clamp(MathF.Round(values[i] * inverse) + zero, 0, format.Largest);
                var whole = stored[i] - zero;
                square += whole * whole;
                product += whole * (double)values[i];
                energy += values[i] * (double)values[i];
            }

            // The scale that fits these whole numbers best, by least squares, and what is then left.
            var fitted = reach == 0 || square == 0 ? candidate : product / square;
            var left = energy - (2 * fitted * product) + (fitted * fitted * square);
            if (left < error)
            {
                (scale, zeroPoint, error) = ((float)fitted, zero, left);
                stored.CopyTo(best);
            }
        }
    }
}
