using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// A matrix as MatMulNBits stores it, in blocks of 32 along each row: value = (stored - zero point) · scale. Of two 4-bit values in a
/// byte the low half is the first. The memory is somebody else's.
/// </summary>
internal sealed unsafe class BlockWeights
{
    /// <summary>Values a block.</summary>
    public const int Size = 32;

    public BlockWeights(int rows, int columns, int bits, byte* values, float* scales, byte* zeroPoints)
    {
        (Rows, Columns, Bits) = (rows, columns, bits);
        Values = values;
        Scales = scales;
        ZeroPoints = zeroPoints;
    }

    /// <summary>Outputs.</summary>
    public int Rows { get; }

    /// <summary>Inputs, a multiple of 32.</summary>
    public int Columns { get; }

    /// <summary>Bits a value: 4 or 8.</summary>
    public int Bits { get; }

    /// <summary>Blocks a row.</summary>
    public int Blocks => Columns / Size;

    /// <summary>Bytes of a row's values.</summary>
    public int RowBytes => Columns * Bits / 8;

    /// <summary>Bytes of a row's zero points.</summary>
    public int ZeroPointBytes => (Blocks + 1) / 2;

    /// <summary>[Rows, Columns] values.</summary>
    public byte* Values { get; }

    /// <summary>[Rows, Blocks].</summary>
    public float* Scales { get; }

    /// <summary>[Rows, 4-bit values padded to bytes], or null where half the range stands for 0.</summary>
    public byte* ZeroPoints { get; }

    /// <summary>The stored value of 0 in a block.</summary>
    public int ZeroPoint(int row, int block) => ZeroPoints is null
        ? 1 << (Bits - 1)
        : (ZeroPoints[((long)row * ZeroPointBytes) + (block / 2)] >> (block % 2 * 4)) & 15;

    /// <summary>Whether a block stands for nothing but zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool IsZero(int row, int block)
    {
        var (values, zero) = ((nint)(Values + ((long)row * RowBytes) + (block * Size * Bits / 8)), (byte)ZeroPoint(row, block));
        return Bits == 8
            ? Vector256.EqualsAll(Vector256.Load((byte*)values), Vector256.Create(zero))
            : Vector128.EqualsAll(Vector128.Load((byte*)values), Vector128.Create((byte)(zero | (zero << 4))));
    }

    /// <summary>Says that everything was read for the last time: a mapped file's pages no longer count as this process's memory.</summary>
    public void Forget()
    {
        PackedMemory.Forget(Values, (long)Rows * RowBytes);
        PackedMemory.Forget((byte*)Scales, (long)Rows * Blocks * sizeof(float));
        if (ZeroPoints is not null)
        {
            PackedMemory.Forget(ZeroPoints, (long)Rows * ZeroPointBytes);
        }
    }

    /// <summary>The numbers that a row stands for.</summary>
    public void Restore(int row, float* to)
    {
        var wide = stackalloc byte[Size];
        for (var block = 0; block < Blocks; block++)
        {
            Stored(row, block).Store(wide);
            var (scale, zero) = (Scales[((long)row * Blocks) + block], ZeroPoint(row, block));
            for (var i = 0; i < Size; i++)
            {
                to[(block * Size) + i] = (wide[i] - zero) * scale;
            }
        }
    }

    /// <summary>A block's stored values, a byte each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<byte> Stored(int row, int block)
    {
        var from = Values + ((long)row * RowBytes) + (block * Size * Bits / 8);
        if (Bits == 8)
        {
            return Vector256.Load(from);
        }

        var packed = Vector128.Load(from);
        var low = packed & Vector128.Create((byte)15);
        var high = (packed.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)15);
        return Vector256.Create(Sse2.UnpackLow(low, high), Sse2.UnpackHigh(low, high));
    }
}
