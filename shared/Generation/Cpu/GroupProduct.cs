using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Activations in 8 bits with a scale for each group of 256, as unsigned bytes: what <see cref="GroupProduct"/> multiplies with. The
/// number of rows is a multiple of three.
/// </summary>
internal sealed unsafe class GroupedRows : IDisposable
{
    public GroupedRows(int rows, int columns)
    {
        rows = (rows + GroupProduct.Tokens - 1) / GroupProduct.Tokens * GroupProduct.Tokens;
        (Columns, Groups) = (columns, (columns + GroupProduct.Group - 1) / GroupProduct.Group);
        Values = (byte*)NativeMemory.AlignedAlloc((nuint)((long)rows * columns), 64);
        Scales = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * Groups * sizeof(float)), 64);
        NativeMemory.Clear(Values, (nuint)((long)rows * columns));
        NativeMemory.Clear(Scales, (nuint)((long)rows * Groups * sizeof(float)));
    }

    /// <summary>Values a row, a multiple of 32.</summary>
    public int Columns { get; }

    /// <summary>Groups a row; the last may be short.</summary>
    public int Groups { get; }

    /// <summary>The value plus the limit plus one.</summary>
    public byte* Values { get; }

    /// <summary>The scale of each group.</summary>
    public float* Scales { get; }

    /// <summary>Quantises groups of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(int row, float* from, int firstGroup, int lastGroup, int limit)
    {
        var offset = Vector256.Create((byte)(limit + 1));
        for (var group = firstGroup; group < lastGroup; group++)
        {
            var (start, end) = (group * GroupProduct.Group, Math.Min((group + 1) * GroupProduct.Group, Columns));
            var largest = Vector256<float>.Zero;
            for (var i = start; i < end; i += 8)
            {
                largest = Vector256.Max(largest, Vector256.Abs(Vector256.Load(from + i)));
            }

            var most = QuantizedRows.Maximum(largest);
            var inverse = Vector256.Create(most == 0 ? 0 : limit / most);
            Scales[((long)row * Groups) + group] = most / limit;
            var to = Values + ((long)row * Columns);
            for (var i = start; i < end; i += 32)
            {
                var bytes = QuantizedRows.Pack(Whole(from + i), Whole(from + i + 8), Whole(from + i + 16), Whole(from + i + 24));
                (bytes.AsByte() + offset).Store(to + i);
            }

            Vector256<int> Whole(float* at) => Avx.ConvertToVector256Int32(Vector256.Load(at) * inverse);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.AlignedFree(Values);
        NativeMemory.AlignedFree(Scales);
    }
}

/// <summary>
/// Weights times many rows of activations, for prompts: a few outputs at a time are brought from blocks of 32 to groups of 256 with one
/// scale each, so that nearly all of the work is whole numbers. A row's result does not depend on the rows beside it.
/// </summary>
internal static unsafe class GroupProduct
{
    /// <summary>Values that share a scale.</summary>
    public const int Group = 256;

    /// <summary>Rows of activations that are multiplied together: with four outputs they fill the registers.</summary>
    public const int Tokens = 3;

    private const int Outputs = 4;

    // So many outputs at once stay in the first cache beside the activations.
    private const int Tile = 16;

    /// <summary>y = W·x + bias for some outputs.</summary>
    /// <param name="weights">W.</param>
    /// <param name="x">Activations.</param>
    /// <param name="tokens">Rows of x.</param>
    /// <param name="first">The first output, a multiple of four.</param>
    /// <param name="last">The output after the last, a multiple of four.</param>
    /// <param name="bias">One number an output, or null.</param>
    /// <param name="y">Row by row.</param>
    /// <param name="stride">Numbers a row of y.</param>
    public static void Multiply<TDot>(BlockWeights weights, GroupedRows x, int tokens, int first, int last, float* bias, float* y, int stride)
        where TDot : struct, IByteDot
    {
        var tile = new WeightTile(Tile, weights.Columns);
        try
        {
            for (var row = first; row < last; row += Tile)
            {
                var rows = Math.Min(Tile, last - row);
                tile.Fill(weights, row, rows, TDot.Limit + 1);
                for (var token = 0; token < tokens; token += Tokens)
                {
                    for (var r = 0; r < rows; r += Outputs)
                    {
                        Block<TDot>(tile, r, x, token, Math.Min(Tokens, tokens - token), bias is null ? null : bias + row + r, y + ((long)token * stride) + row + r, stride);
                    }
                }
            }
        }
        finally
        {
            tile.Dispose();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TDot>(WeightTile w, int row, GroupedRows x, int token, int tokens, float* bias, float* y, int stride)
        where TDot : struct, IByteDot
    {
        var sums = stackalloc Vector256<float>[Outputs * Tokens];
        for (var i = 0; i < Outputs * Tokens; i++)
        {
            sums[i] = Vector256<float>.Zero;
        }

        var columns = x.Columns;
        var groups = x.Groups;
        var x0 = x.Values + ((long)token * columns);
        var w0 = w.Values + ((long)row * columns);
        var tokenScales = x.Scales + ((long)token * groups);
        var scales = w.Scales + (row * groups);
        var corrections = w.Corrections + (row * groups);
        for (var group = 0; group < groups; group++, tokenScales++, scales++, corrections++)
        {
            var a0 = Vector256.CreateScalar(corrections[0]);
            var b0 = Vector256.CreateScalar(corrections[groups]);
            var c0 = Vector256.CreateScalar(corrections[2 * groups]);
            var d0 = Vector256.CreateScalar(corrections[3 * groups]);
            var (a1, a2, b1, b2, c1, c2, d1, d2) = (a0, a0, b0, b0, c0, c0, d0, d0);
            for (var end = x0 + Math.Min(Group, columns - (group * Group)); x0 < end; x0 += 32, w0 += 32)
            {
                var u0 = Vector256.Load(x0);
                var u1 = Vector256.Load(x0 + columns);
                var u2 = Vector256.Load(x0 + (2 * columns));
                var weight = Vector256.Load(w0);
                a0 = TDot.Add(a0, u0, weight);
                a1 = TDot.Add(a1, u1, weight);
                a2 = TDot.Add(a2, u2, weight);
                weight = Vector256.Load(w0 + columns);
                b0 = TDot.Add(b0, u0, weight);
                b1 = TDot.Add(b1, u1, weight);
                b2 = TDot.Add(b2, u2, weight);
                weight = Vector256.Load(w0 + (2 * columns));
                c0 = TDot.Add(c0, u0, weight);
                c1 = TDot.Add(c1, u1, weight);
                c2 = TDot.Add(c2, u2, weight);
                weight = Vector256.Load(w0 + (3 * columns));
                d0 = TDot.Add(d0, u0, weight);
                d1 = TDot.Add(d1, u1, weight);
                d2 = TDot.Add(d2, u2, weight);
            }

            var (s0, s1, s2) = (tokenScales[0], tokenScales[groups], tokenScales[2 * groups]);
            var scale = scales[0];
            sums[0] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(a0), Vector256.Create(scale * s0), sums[0]);
            sums[1] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(a1), Vector256.Create(scale * s1), sums[1]);
            sums[2] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(a2), Vector256.Create(scale * s2), sums[2]);
            scale = scales[groups];
            sums[3] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(b0), Vector256.Create(scale * s0), sums[3]);
            sums[4] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(b1), Vector256.Create(scale * s1), sums[4]);
            sums[5] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(b2), Vector256.Create(scale * s2), sums[5]);
            scale = scales[2 * groups];
            sums[6] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(c0), Vector256.Create(scale * s0), sums[6]);
            sums[7] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(c1), Vector256.Create(scale * s1), sums[7]);
            sums[8] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(c2), Vector256.Create(scale * s2), sums[8]);
            scale = scales[3 * groups];
            sums[9] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(d0), Vector256.Create(scale * s0), sums[9]);
            sums[10] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(d1), Vector256.Create(scale * s1), sums[10]);
            sums[11] = Fma.MultiplyAdd(Avx.ConvertToVector256Single(d2), Vector256.Create(scale * s2), sums[11]);
        }

        var shift = bias is null ? Vector128<float>.Zero : Vector128.Load(bias);
        for (var t = 0; t < tokens; t++)
        {
            // Sums of eight lanes each, for four outputs at once.
            var eight = Avx.HorizontalAdd(Avx.HorizontalAdd(sums[t], sums[Tokens + t]), Avx.HorizontalAdd(sums[(2 * Tokens) + t], sums[(3 * Tokens) + t]));
            (eight.GetLower() + eight.GetUpper() + shift).Store(y + ((long)t * stride));
        }
    }

    /// <summary>Some outputs' weights as signed bytes with a scale a group.</summary>
    private readonly struct WeightTile : IDisposable
    {
        private const int Largest = 127;

        public WeightTile(int rows, int columns)
        {
            var groups = (columns + Group - 1) / Group;
            Values = (sbyte*)NativeMemory.AlignedAlloc((nuint)(rows * columns), 64);
            Scales = (float*)NativeMemory.AlignedAlloc((nuint)(rows * groups * sizeof(float)), 64);
            Corrections = (int*)NativeMemory.AlignedAlloc((nuint)(rows * groups * sizeof(int)), 64);
        }

        public sbyte* Values { get; }

        public float* Scales { get; }

        /// <summary>What the activations' offset adds to each sum, negated.</summary>
        public int* Corrections { get; }

        public void Fill(BlockWeights weights, int firstRow, int rows, int offset)
        {
            var groups = (weights.Columns + Group - 1) / Group;
            for (var r = 0; r < rows; r++)
            {
                for (var group = 0; group < groups; group++)
                {
                    var sum = FillGroup(weights, firstRow + r, group, Values + ((long)r * weights.Columns) + (group * Group), out Scales[(r * groups) + group]);
                    Corrections[(r * groups) + group] = -offset * sum;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static int FillGroup(BlockWeights weights, int row, int group, sbyte* to, out float scale)
        {
            const int blocksOfGroup = Group / BlockWeights.Size;
            var first = group * blocksOfGroup;
            var count = Math.Min(blocksOfGroup, weights.Blocks - first);
            var scales = weights.Scales + ((long)row * weights.Blocks) + first;
            var zeros = stackalloc int[blocksOfGroup];
            var half = 1 << (weights.Bits - 1);
            var most = 0f;
            for (var block = 0; block < count; block++)
            {
                // No value of the block is larger: it is this many steps from the zero point to the farther end.
                zeros[block] = weights.ZeroPoints is null ? half : weights.ZeroPoint(row, first + block);
                var farthest = Math.Abs(scales[block]) * Math.Max(zeros[block], (2 * half) - 1 - zeros[block]);
                most = farthest > most ? farthest : most;
            }

            scale = most / Largest;
            // 16-bit fractions: no block's scale exceeds the group's, but a 4-bit block has up to 16 times fewer steps.
            var steps = weights.Bits == 8 ? 1 : 16;
            var inverse = most == 0 ? 0 : Largest / most / steps * 32768;
            var blockBytes = BlockWeights.Size * weights.Bits / 8;
            var values = weights.Values + ((long)row * weights.RowBytes) + (first * blockBytes);
            var wide = stackalloc byte[BlockWeights.Size];
            var sum = Vector256<int>.Zero;
            for (var block = 0; block < count; block++, values += blockBytes, to += BlockWeights.Size)
            {
                weights.Unpack(values, wide);
                var fraction = Vector256.Create((short)MathF.Round(Math.Clamp(scales[block] * inverse, -32767, 32767)));
                var zero = Vector256.Create((short)(zeros[block] * steps));
                var low = Avx2.ConvertToVector256Int16(wide);
                var high = Avx2.ConvertToVector256Int16(wide + 16);
                if (steps > 1)
                {
                    low <<= 4;
                    high <<= 4;
                }

                low = Avx2.MultiplyHighRoundScale(low - zero, fraction);
                high = Avx2.MultiplyHighRoundScale(high - zero, fraction);
                sum += Avx2.MultiplyAddAdjacent(low + high, Vector256.Create((short)1));
                Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), 0b11_01_10_00).AsSByte().Store(to);
            }

            return Vector256.Sum(sum);
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(Values);
            NativeMemory.AlignedFree(Scales);
            NativeMemory.AlignedFree(Corrections);
        }
    }
}
