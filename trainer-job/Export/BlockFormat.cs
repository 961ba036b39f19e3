namespace Pipeline.TrainerJob.Export;

/// <summary>How a matrix is stored in blocks; null in its place means 32-bit floating point.</summary>
/// <param name="Bits">Bits a value: 4 or 8.</param>
/// <param name="Size">Values along a row that share a scale, a power of 2 from 16.</param>
/// <param name="ZeroPoints">Whether each block says which stored value means 0; else 2^(bits-1) does.</param>
internal sealed record BlockFormat(int Bits, int Size, bool ZeroPoints = false)
{
    /// <summary>The stored value of 0 in a block without zero point.</summary>
    public int Middle => 1 << (Bits - 1);

    /// <summary>The largest stored value.</summary>
    public int Largest => (1 << Bits) - 1;

    /// <summary>The format for rows of this length: blocks of 32, or 16 where only that divides it (so that nothing is padded), else 32.</summary>
    public static BlockFormat For(int bits, int columns) => new(bits, columns % 32 == 0 || columns % 16 != 0 ? 32 : 16);
}
