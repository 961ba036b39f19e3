using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Activations in 8 bits, a scale for each block of 32: what <see cref="BlockProduct"/> multiplies with. Rows are padded with zeros to
/// whole groups of 8 blocks.
/// </summary>
internal sealed unsafe class QuantizedRows : IDisposable
{
    /// <summary>Values in a group of blocks.</summary>
    public const int Group = 256;

    public QuantizedRows(int rows, int columns)
    {
        Stride = (columns + Group - 1) / Group * Group;
        BlockStride = Stride / BlockWeights.Size;
        Values = (sbyte*)NativeMemory.AlignedAlloc((nuint)((long)rows * Stride), 64);
        Scales = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * BlockStride * sizeof(float)), 64);
        Sums = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * BlockStride * sizeof(float)), 64);
        NativeMemory.Clear(Values, (nuint)((long)rows * Stride));
        NativeMemory.Clear(Scales, (nuint)((long)rows * BlockStride * sizeof(float)));
        NativeMemory.Clear(Sums, (nuint)((long)rows * BlockStride * sizeof(float)));
    }

    /// <summary>Bytes a row.</summary>
    public int Stride { get; }

    /// <summary>Blocks a row, padding included.</summary>
    public int BlockStride { get; }

    /// <summary>
    /// For 8-bit weights the values in order; for 4-bit weights in pairs of blocks: the even ones of the first and of the second, then
    /// the odd ones, as the halves of the weights' bytes come apart.
    /// </summary>
    public sbyte* Values { get; }

    /// <summary>The scale of each block.</summary>
    public float* Scales { get; }

    /// <summary>The sum of each block's values, for the weights' zero points.</summary>
    public float* Sums { get; }

    /// <summary>Quantises blocks of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="from">The whole row's numbers.</param>
    /// <param name="firstBlock">The first block, an even one.</param>
    /// <param name="lastBlock">The block after the last.</param>
    /// <param name="bits">Of the weights that it will meet.</param>
    /// <param name="limit">The largest magnitude a value may have.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(int row, float* from, int firstBlock, int lastBlock, int bits, int limit)
    {
        var values = Values + ((long)row * Stride);
        var scales = Scales + ((long)row * BlockStride);
        var sums = Sums + ((long)row * BlockStride);
        for (var block = firstBlock; block < lastBlock; block++)
        {
            var at = from + (block * BlockWeights.Size);
            var (a, b, c, d) = (Vector256.Load(at), Vector256.Load(at + 8), Vector256.Load(at + 16), Vector256.Load(at + 24));
            var largest = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
            var most = Maximum(largest);
            var inverse = Vector256.Create(most == 0 ? 0 : limit / most);
            var (i, j, k, l) = (Avx.ConvertToVector256Int32(a * inverse), Avx.ConvertToVector256Int32(b * inverse),
                Avx.ConvertToVector256Int32(c * inverse), Avx.ConvertToVector256Int32(d * inverse));
            scales[block] = most / limit;
            sums[block] = Vector256.Sum((i + j) + (k + l));
            var bytes = Pack(i, j, k, l);
            if (bits == 8)
            {
                bytes.Store(values + (block * BlockWeights.Size));
                continue;
            }

            // Even bytes to the lower half of each lane, then the lanes' lower halves together.
            var apart = Avx2.Permute4x64(Avx2.Shuffle(bytes, Apart).AsInt64(), 0b11_01_10_00).AsSByte();
            var pair = values + (block / 2 * 2 * BlockWeights.Size) + (block % 2 * 16);
            apart.GetLower().Store(pair);
            apart.GetUpper().Store(pair + 32);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.AlignedFree(Values);
        NativeMemory.AlignedFree(Scales);
        NativeMemory.AlignedFree(Sums);
    }

    private static Vector256<sbyte> Apart => Vector256.Create(
        0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);

    /// <summary>Four vectors of whole numbers that fit bytes, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Pack(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        var bytes = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
        return Avx2.PermuteVar8x32(bytes.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte();
    }

    /// <summary>The largest of eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(Vector256<float> values)
    {
        var four = Vector128.Max(values.GetLower(), values.GetUpper());
        var two = Sse.Max(four, Sse.MoveHighToLow(four, four));
        return Math.Max(two.GetElement(0), two.GetElement(1));
    }
}
