using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>The products of <see cref="IPanelProduct"/> with 256-bit vectors: half a panel at a time, four rows or one.</summary>
internal static unsafe class PanelLoops<TProduct>
    where TProduct : struct, IPanelProduct
{
    private const int Half = 8;

    // Rows that share what is done once a weight.
    private const int Shared = 4;

    /// <summary>See <see cref="IPanelProduct.Multiply"/>.</summary>
    public static void Multiply(WeightForm form, int tokens, byte* values, byte* scales, byte* x, long steps, long panels, float* to)
    {
        var blocks = form == WeightForm.EightBits ? 1 : 2;
        for (; panels > 0; panels--, values += steps * PackedWeights.StepBytes, scales += steps * blocks * PackedWeights.ScaleBytes(form), to += tokens * PackedWeights.Panel)
        {
            for (var half = 0; half < PackedWeights.Panel; half += Half)
            {
                var token = 0;
                for (; token + Shared <= tokens; token += Shared)
                {
                    Four(form, tokens, values + (half * 4), scales, half, x, token, steps, to + half);
                }

                for (; token < tokens; token++)
                {
                    One(form, tokens, values + (half * 4), scales, half, x, token, steps, to + half);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(WeightForm form, int tokens, byte* values, byte* scales, int half, byte* x, int token, long steps, float* to)
    {
        var (sum, blocks) = (Vector256<float>.Zero, form == WeightForm.EightBits ? 1 : 2);
        for (; steps > 0; steps--, values += PackedWeights.StepBytes)
        {
            for (var block = 0; block < blocks; block++, x += PackedRows.BlockBytes * tokens, scales += PackedWeights.ScaleBytes(form))
            {
                var quads = (int*)x + token;
                var reals = (float*)(x + (BlockWeights.Size * tokens)) + token;
                var whole = Begin(form, scales, half, ((int*)reals)[tokens]);
                for (var quad = 0; quad < PackedWeights.Quads; quad++)
                {
                    whole = TProduct.Add(whole, Take(form, block, values + (quad * 64)), Vector256.Create(quads[quad * tokens]).AsSByte());
                }

                sum = Fma.MultiplyAdd(Avx.ConvertToVector256Single(whole) * Vector256.Create(reals[0]), Scale(scales, half), sum);
            }
        }

        sum.Store(to + (token * PackedWeights.Panel));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(WeightForm form, int tokens, byte* values, byte* scales, int half, byte* x, int token, long steps, float* to)
    {
        var blocks = form == WeightForm.EightBits ? 1 : 2;
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (; steps > 0; steps--, values += PackedWeights.StepBytes)
        {
            for (var block = 0; block < blocks; block++, x += PackedRows.BlockBytes * tokens, scales += PackedWeights.ScaleBytes(form))
            {
                var quads = (int*)x + token;
                var reals = (float*)(x + (BlockWeights.Size * tokens)) + token;
                var zeros = (int*)reals + tokens;
                var (p, q, r, s) = (Begin(form, scales, half, zeros[0]), Begin(form, scales, half, zeros[1]), Begin(form, scales, half, zeros[2]), Begin(form, scales, half, zeros[3]));
                for (var quad = 0; quad < PackedWeights.Quads; quad++, quads += tokens)
                {
                    var weights = Take(form, block, values + (quad * 64));
                    p = TProduct.Add(p, weights, Vector256.Create(quads[0]).AsSByte());
                    q = TProduct.Add(q, weights, Vector256.Create(quads[1]).AsSByte());
                    r = TProduct.Add(r, weights, Vector256.Create(quads[2]).AsSByte());
                    s = TProduct.Add(s, weights, Vector256.Create(quads[3]).AsSByte());
                }

                var scale = Scale(scales, half);
                a = Fma.MultiplyAdd(Avx.ConvertToVector256Single(p) * Vector256.Create(reals[0]), scale, a);
                b = Fma.MultiplyAdd(Avx.ConvertToVector256Single(q) * Vector256.Create(reals[1]), scale, b);
                c = Fma.MultiplyAdd(Avx.ConvertToVector256Single(r) * Vector256.Create(reals[2]), scale, c);
                d = Fma.MultiplyAdd(Avx.ConvertToVector256Single(s) * Vector256.Create(reals[3]), scale, d);
            }
        }

        to += token * PackedWeights.Panel;
        a.Store(to);
        b.Store(to + PackedWeights.Panel);
        c.Store(to + (2 * PackedWeights.Panel));
        d.Store(to + (3 * PackedWeights.Panel));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Begin(WeightForm form, byte* scales, int half, int zero) => form == WeightForm.FourBitsAndZeros
        ? Avx2.ConvertToVector256Int32(scales + (PackedWeights.Panel * sizeof(short)) + half) * Vector256.Create(zero)
        : Vector256.Create(zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Take(WeightForm form, int block, byte* values)
    {
        var stored = Vector256.Load(values);
        return form == WeightForm.EightBits ? stored
            : (block == 0 ? stored : (stored.AsUInt16() >> 4).AsByte()) & Vector256.Create((byte)15);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scale(byte* scales, int half) => Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((short*)scales + half));
}
