namespace Pipeline.TrainerJob.Export;

/// <summary>A quantised matrix in the form of ONNX Runtime's MatMulNBits.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns before padding.</param>
/// <param name="Format">Of its blocks.</param>
/// <param name="Values">[Rows, Blocks, BlockBytes]; of two 4-bit values in a byte the low half is the first.</param>
/// <param name="Scales">[Rows, Blocks].</param>
/// <param name="ZeroPoints">[Rows, bytes that hold a value a block], or empty.</param>
internal sealed record BlockMatrix(int Rows, int Columns, BlockFormat Format, byte[] Values, float[] Scales, byte[] ZeroPoints)
{
    /// <summary>What the quantisation changed: the squares of all differences, added up.</summary>
    public double SquaredError { get; init; }

    /// <summary>Blocks a row.</summary>
    public int Blocks => (Columns + Format.Size - 1) / Format.Size;

    /// <summary>Bytes a block.</summary>
    public int BlockBytes => Format.Size * Format.Bits / 8;

    /// <summary>Bytes of a row's zero points.</summary>
    public int ZeroPointBytes => ((Blocks * Format.Bits) + 7) / 8;

    /// <summary>The numbers that a row stands for, padding left out.</summary>
    public void Restore(int row, Span<float> to)
    {
        for (var i = 0; i < Columns; i++)
        {
            var block = i / Format.Size;
            to[i] = (Stored(Values, ((long)row * Blocks * Format.Size) + i) - ZeroPoint(row, block)) * Scales[((long)row * Blocks) + block];
        }
    }

    private int ZeroPoint(int row, int block) =>
        ZeroPoints.Length == 0 ? Format.Middle : Stored(ZeroPoints, ((long)row * ZeroPointBytes * 8 / Format.Bits) + block);

    private int Stored(byte[] bytes, long index) => Format.Bits == 8 ? bytes[index] : (bytes[index / 2] >> (int)(index % 2 * 4)) & 15;
}
