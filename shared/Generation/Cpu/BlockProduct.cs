using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Weights in blocks times a few rows of 8-bit activations: every weight is read once, as it lies in the file. A row's result is the same
/// to the last bit whatever rows stand beside it.
/// </summary>
internal static unsafe class BlockProduct
{
    private const int Group = QuantizedRows.Group;
    private const int GroupBlocks = Group / BlockWeights.Size;

    // Rows of activations that share what is done once a weight.
    private const int Shared = 4;

    /// <summary>y = W·x + bias for some outputs.</summary>
    /// <param name="weights">W.</param>
    /// <param name="x">Activations in the order that the weights' bits ask for.</param>
    /// <param name="tokens">Rows of x.</param>
    /// <param name="first">The first output.</param>
    /// <param name="last">The output after the last.</param>
    /// <param name="bias">One number an output, or null.</param>
    /// <param name="y">Where the outputs of each row of x go.</param>
    public static void Multiply<TDot>(BlockWeights weights, QuantizedRows x, int tokens, int first, int last, float* bias, float** y)
        where TDot : struct, IByteDot
    {
        var whole = weights.Blocks / GroupBlocks;
        var rest = weights.Blocks % GroupBlocks;
        var groupBytes = Group * weights.Bits / 8;
        var tail = stackalloc byte[Group];
        var tailScales = stackalloc float[GroupBlocks];
        var results = stackalloc float[Shared];
        new Span<byte>(tail, Group).Clear();
        new Span<float>(tailScales, GroupBlocks).Clear();
        var row = new WeightRow { Whole = whole, Groups = whole + (rest > 0 ? 1 : 0), Tail = tail, TailScales = tailScales };
        for (var output = first; output < last; output++)
        {
            row.Values = weights.Values + ((long)output * weights.RowBytes);
            row.Scales = weights.Scales + ((long)output * weights.Blocks);
            row.Zeros = weights.ZeroPoints is null ? null : weights.ZeroPoints + ((long)output * weights.ZeroPointBytes);
            if (rest > 0)
            {
                // Beyond a row's end lies the next one, and beyond the last nothing: what is left over is padded first.
                Unsafe.CopyBlockUnaligned(tail, row.Values + (whole * groupBytes), (uint)(rest * groupBytes / GroupBlocks));
                Unsafe.CopyBlockUnaligned(tailScales, row.Scales + (whole * GroupBlocks), (uint)(rest * sizeof(float)));
                if (row.Zeros is not null)
                {
                    row.TailZeros = 0;
                    Unsafe.CopyBlockUnaligned(ref Unsafe.As<uint, byte>(ref row.TailZeros), ref *(row.Zeros + (whole * 4)), (uint)((rest + 1) / 2));
                }
            }

            var shift = bias is null ? 0 : bias[output];
            var token = 0;
            for (; token + Shared <= tokens; token += Shared)
            {
                if (weights.Bits == 8)
                {
                    Four8<TDot>(row, x, token, results);
                }
                else
                {
                    Four4<TDot>(row, x, token, results);
                }

                for (var i = 0; i < Shared; i++)
                {
                    y[token + i][output] = results[i] + shift;
                }
            }

            for (; token < tokens; token++)
            {
                y[token][output] = (weights.Bits == 8 ? One8<TDot>(row, x, token) : One4<TDot>(row, x, token)) + shift;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float One8<TDot>(in WeightRow row, QuantizedRows x, int token)
        where TDot : struct, IByteDot
    {
        var (even, odd, zeros) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var at = x.Values + ((long)token * x.Stride);
        var scales = x.Scales + ((long)token * x.BlockStride);
        var sums = x.Sums + ((long)token * x.BlockStride);
        var factors = stackalloc float[GroupBlocks];
        for (var g = 0; g < row.Groups; g++, at += Group, scales += GroupBlocks, sums += GroupBlocks)
        {
            var values = g < row.Whole ? row.Values + (g * Group) : row.Tail;
            var p = Vector256.Load(g < row.Whole ? row.Scales + (g * GroupBlocks) : row.TailScales) * Vector256.Load(scales);
            p.Store(factors);
            zeros = Fma.MultiplyAdd(p * Vector256.Create(128f), Vector256.Load(sums), zeros);
            even = Fma.MultiplyAdd(Dot8<TDot>(values, at), Vector256.Create(factors[0]), even);
            odd = Fma.MultiplyAdd(Dot8<TDot>(values + 32, at + 32), Vector256.Create(factors[1]), odd);
            even = Fma.MultiplyAdd(Dot8<TDot>(values + 64, at + 64), Vector256.Create(factors[2]), even);
            odd = Fma.MultiplyAdd(Dot8<TDot>(values + 96, at + 96), Vector256.Create(factors[3]), odd);
            even = Fma.MultiplyAdd(Dot8<TDot>(values + 128, at + 128), Vector256.Create(factors[4]), even);
            odd = Fma.MultiplyAdd(Dot8<TDot>(values + 160, at + 160), Vector256.Create(factors[5]), odd);
            even = Fma.MultiplyAdd(Dot8<TDot>(values + 192, at + 192), Vector256.Create(factors[6]), even);
            odd = Fma.MultiplyAdd(Dot8<TDot>(values + 224, at + 224), Vector256.Create(factors[7]), odd);
        }

        return Vector256.Sum((even + odd) - zeros);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float One4<TDot>(in WeightRow row, QuantizedRows x, int token)
        where TDot : struct, IByteDot
    {
        var (even, odd, zeros) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var at = x.Values + ((long)token * x.Stride);
        var scales = x.Scales + ((long)token * x.BlockStride);
        var sums = x.Sums + ((long)token * x.BlockStride);
        var (first, second, third, fourth) = (Pair(0), Pair(1), Pair(2), Pair(3));
        for (var g = 0; g < row.Groups; g++, at += Group, scales += GroupBlocks, sums += GroupBlocks)
        {
            var values = g < row.Whole ? row.Values + (g * Group / 2) : row.Tail;
            var p = Vector256.Load(g < row.Whole ? row.Scales + (g * GroupBlocks) : row.TailScales) * Vector256.Load(scales);
            zeros = Fma.MultiplyAdd(p * row.ZeroPoints(g), Vector256.Load(sums), zeros);
            even = Fma.MultiplyAdd(Dot4<TDot>(values, at), Avx2.PermuteVar8x32(p, first), even);
            odd = Fma.MultiplyAdd(Dot4<TDot>(values + 32, at + 64), Avx2.PermuteVar8x32(p, second), odd);
            even = Fma.MultiplyAdd(Dot4<TDot>(values + 64, at + 128), Avx2.PermuteVar8x32(p, third), even);
            odd = Fma.MultiplyAdd(Dot4<TDot>(values + 96, at + 192), Avx2.PermuteVar8x32(p, fourth), odd);
        }

        return Vector256.Sum((even + odd) - zeros);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four8<TDot>(in WeightRow row, QuantizedRows x, int token, float* results)
        where TDot : struct, IByteDot
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (aOdd, bOdd, cOdd, dOdd) = (a, a, a, a);
        var zeros = stackalloc Vector256<float>[Shared];
        var factors = stackalloc float[Shared * GroupBlocks];
        new Span<Vector256<float>>(zeros, Shared).Clear();
        var stride = x.Stride;
        var at = x.Values + ((long)token * stride);
        for (var g = 0; g < row.Groups; g++, at += Group)
        {
            Begin(row, x, token, g, Vector256.Create(128f), factors, zeros);
            var values = g < row.Whole ? row.Values + (g * Group) : row.Tail;
            var from = at;
            for (var f = factors; f < factors + GroupBlocks; f += 2, values += 64, from += 64)
            {
                var w = Vector256.Load(values);
                a = Fma.MultiplyAdd(Dot8<TDot>(w, from), Vector256.Create(f[0]), a);
                b = Fma.MultiplyAdd(Dot8<TDot>(w, from + stride), Vector256.Create(f[8]), b);
                c = Fma.MultiplyAdd(Dot8<TDot>(w, from + (2 * stride)), Vector256.Create(f[16]), c);
                d = Fma.MultiplyAdd(Dot8<TDot>(w, from + (3 * stride)), Vector256.Create(f[24]), d);
                w = Vector256.Load(values + 32);
                aOdd = Fma.MultiplyAdd(Dot8<TDot>(w, from + 32), Vector256.Create(f[1]), aOdd);
                bOdd = Fma.MultiplyAdd(Dot8<TDot>(w, from + stride + 32), Vector256.Create(f[9]), bOdd);
                cOdd = Fma.MultiplyAdd(Dot8<TDot>(w, from + (2 * stride) + 32), Vector256.Create(f[17]), cOdd);
                dOdd = Fma.MultiplyAdd(Dot8<TDot>(w, from + (3 * stride) + 32), Vector256.Create(f[25]), dOdd);
            }
        }

        results[0] = Vector256.Sum((a + aOdd) - zeros[0]);
        results[1] = Vector256.Sum((b + bOdd) - zeros[1]);
        results[2] = Vector256.Sum((c + cOdd) - zeros[2]);
        results[3] = Vector256.Sum((d + dOdd) - zeros[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four4<TDot>(in WeightRow row, QuantizedRows x, int token, float* results)
        where TDot : struct, IByteDot
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (aOdd, bOdd, cOdd, dOdd) = (a, a, a, a);
        var zeros = stackalloc Vector256<float>[Shared];
        var factors = stackalloc float[Shared * GroupBlocks];
        new Span<Vector256<float>>(zeros, Shared).Clear();
        var stride = x.Stride;
        var at = x.Values + ((long)token * stride);
        var mask = Vector256.Create((byte)15);
        for (var g = 0; g < row.Groups; g++, at += Group)
        {
            Begin(row, x, token, g, row.ZeroPoints(g), factors, zeros);
            var values = g < row.Whole ? row.Values + (g * Group / 2) : row.Tail;
            var from = at;
            for (var pair = 0; pair < GroupBlocks / 2; pair += 2, values += 64, from += 128)
            {
                var lanes = Pair(0) + Vector256.Create(2 * pair);
                var packed = Vector256.Load(values);
                var low = packed & mask;
                var high = (packed.AsUInt16() >> 4).AsByte() & mask;
                a = Fma.MultiplyAdd(Dot4<TDot>(low, high, from), Avx2.PermuteVar8x32(Vector256.Load(factors), lanes), a);
                b = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + stride), Avx2.PermuteVar8x32(Vector256.Load(factors + 8), lanes), b);
                c = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + (2 * stride)), Avx2.PermuteVar8x32(Vector256.Load(factors + 16), lanes), c);
                d = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + (3 * stride)), Avx2.PermuteVar8x32(Vector256.Load(factors + 24), lanes), d);
                lanes += Vector256.Create(2);
                packed = Vector256.Load(values + 32);
                low = packed & mask;
                high = (packed.AsUInt16() >> 4).AsByte() & mask;
                aOdd = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + 64), Avx2.PermuteVar8x32(Vector256.Load(factors), lanes), aOdd);
                bOdd = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + stride + 64), Avx2.PermuteVar8x32(Vector256.Load(factors + 8), lanes), bOdd);
                cOdd = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + (2 * stride) + 64), Avx2.PermuteVar8x32(Vector256.Load(factors + 16), lanes), cOdd);
                dOdd = Fma.MultiplyAdd(Dot4<TDot>(low, high, from + (3 * stride) + 64), Avx2.PermuteVar8x32(Vector256.Load(factors + 24), lanes), dOdd);
            }
        }

        results[0] = Vector256.Sum((a + aOdd) - zeros[0]);
        results[1] = Vector256.Sum((b + bOdd) - zeros[1]);
        results[2] = Vector256.Sum((c + cOdd) - zeros[2]);
        results[3] = Vector256.Sum((d + dOdd) - zeros[3]);
    }

    // The factors of a group's blocks for four tokens, and what the zero points take off.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin(in WeightRow row, QuantizedRows x, int token, int group, Vector256<float> zeroPoints, float* factors, Vector256<float>* zeros)
    {
        var weightScales = Vector256.Load(group < row.Whole ? row.Scales + (group * GroupBlocks) : row.TailScales);
        var at = ((long)token * x.BlockStride) + (group * GroupBlocks);
        for (var i = 0; i < Shared; i++, at += x.BlockStride)
        {
            var p = weightScales * Vector256.Load(x.Scales + at);
            p.Store(factors + (i * GroupBlocks));
            zeros[i] = Fma.MultiplyAdd(p * zeroPoints, Vector256.Load(x.Sums + at), zeros[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Dot8<TDot>(byte* values, sbyte* x)
        where TDot : struct, IByteDot => Dot8<TDot>(Vector256.Load(values), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Dot8<TDot>(Vector256<byte> values, sbyte* x)
        where TDot : struct, IByteDot => Avx.ConvertToVector256Single(TDot.Add(Vector256<int>.Zero, values, Vector256.Load(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Dot4<TDot>(byte* values, sbyte* x)
        where TDot : struct, IByteDot
    {
        var packed = Vector256.Load(values);
        var mask = Vector256.Create((byte)15);
        return Dot4<TDot>(packed & mask, (packed.AsUInt16() >> 4).AsByte() & mask, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Dot4<TDot>(Vector256<byte> low, Vector256<byte> high, sbyte* x)
        where TDot : struct, IByteDot =>
        Avx.ConvertToVector256Single(TDot.Add(TDot.Add(Vector256<int>.Zero, low, Vector256.Load(x)), high, Vector256.Load(x + 32)));

    // Picks the first block's factor for the lower lanes and the second's for the upper.
    private static Vector256<int> Pair(int pair) => Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1) + Vector256.Create(2 * pair);

    /// <summary>One output's weights: whole groups where they lie, the rest padded.</summary>
    private ref struct WeightRow
    {
        public byte* Values;
        public float* Scales;
        public byte* Zeros;
        public byte* Tail;
        public float* TailScales;
        public uint TailZeros;
        public int Whole;
        public int Groups;

        /// <summary>The stored values of 0 of a group's 4-bit blocks.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector256<float> ZeroPoints(int group)
        {
            if (Zeros is null)
            {
                return Vector256.Create(8f);
            }

            var packed = group < Whole ? Unsafe.ReadUnaligned<uint>(Zeros + (group * 4)) : TailZeros;
            return Avx.ConvertToVector256Single((Avx2.ShiftRightLogicalVariable(Vector256.Create(packed), Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28)) & Vector256.Create(15u)).AsInt32());
        }
    }
}
