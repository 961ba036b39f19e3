namespace Pipeline.TrainerJob.Export;

/// <summary>
/// 8-bit block quantisation in the form of ONNX Runtime's MatMulNBits and GatherBlockQuantized: along each row, every block of values
/// shares one scale; value = (q - 128) · scale. The last block of a row is padded with zeros.
/// </summary>
internal static class BlockQuantizer
{
    /// <summary>The stored value of 0 when an operator is given no zero points: 2^(bits-1).</summary>
    public const int ZeroPoint = 128;

    /// <summary>The block for rows of this length: 32, or 16 where only that divides it (so that nothing is padded), else 32.</summary>
    public static int BlockSize(int columns) => columns % 32 == 0 || columns % 16 != 0 ? 32 : 16;

    /// <summary>Quantises a matrix given row by row.</summary>
    /// <param name="row">Fills row r of <paramref name="columns"/> values.</param>
    /// <param name="rows">Rows, the outputs of a linear layer.</param>
    /// <param name="columns">Columns, its inputs.</param>
    /// <param name="block">Values that share a scale.</param>
    public static BlockMatrix Quantize(Action<int, Span<float>> row, int rows, int columns, int block)
    {
        var blocks = (columns + block - 1) / block;
        var result = new BlockMatrix(rows, columns, block, blocks, new byte[(long)rows * blocks * block], new float[(long)rows * blocks]);
        Parallel.For(0, rows, () => new float[blocks * block], (r, _, buffer) =>
        {
            row(r, buffer.AsSpan(0, columns));
            for (var b = 0; b < blocks; b++)
            {
                var at = ((long)r * blocks) + b;
                result.Scales[at] = QuantizeBlock(buffer.AsSpan(b * block, block), result.Values.AsSpan((int)(at * block), block));
            }

            return buffer;
        }, static _ => { });
        return result;
    }

    // The value of largest magnitude becomes exactly 0 (-128 steps), whatever its sign: one step more of range than ±127 would use.
    private static float QuantizeBlock(ReadOnlySpan<float> values, Span<byte> quantized)
    {
        var extreme = 0f;
        foreach (var value in values)
        {
            extreme = Math.Abs(value) > Math.Abs(extreme) ? value : extreme;
        }

        var scale = extreme / -ZeroPoint;
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < values.Length; i++)
        {
            quantized[i] = (byte)Math.Clamp(MathF.Round(values[i] * inverse) + ZeroPoint, 0, 255);
        }

        return scale == 0 ? 1 : scale;
    }
}

/// <summary>A quantised matrix.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns before padding.</param>
/// <param name="Block">Values that share a scale.</param>
/// <param name="Blocks">Blocks a row.</param>
/// <param name="Values">[Rows, Blocks, Block].</param>
/// <param name="Scales">[Rows, Blocks].</param>
internal sealed record BlockMatrix(int Rows, int Columns, int Block, int Blocks, byte[] Values, float[] Scales)
{
    /// <summary>Columns with padding.</summary>
    public int Stride => Blocks * Block;
}
