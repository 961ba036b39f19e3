using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>What the kernels compute with, a register at a time.</summary>
internal static unsafe class VectorMath
{
    /// <summary>How many parts sums over rows are cut into: enough for many cores, and the same on every machine.</summary>
    public const int RowBlocks = 16;

    // Below this eˣ is no normal number any more.
    private const float Lowest = -87.3f;
    private const float Highest = 88.3f;

    /// <summary>
    /// eˣ within 2 units of the last place: x = n·ln 2 + r, eʳ by a polynomial (Cephes, expf), 2ⁿ by the exponent's bits. 0 where the result
    /// would be too small for a normal number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        var clamped = Vector.Min(Vector.Max(x, new Vector<float>(Lowest)), new Vector<float>(Highest));
        var n = Vector.Round(clamped * 1.44269504f);
        var r = Vector.FusedMultiplyAdd(n, new Vector<float>(-0.693359375f), clamped);
        r = Vector.FusedMultiplyAdd(n, new Vector<float>(2.12194440e-4f), r);
        var p = new Vector<float>(1.9875691500e-4f);
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(5.0000001201e-1f));
        p = Vector.FusedMultiplyAdd(p, r * r, r + Vector<float>.One);
        var power = Vector.AsVectorSingle((Vector.ConvertToInt32(n) + new Vector<int>(127)) << 23);
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Lowest)), Vector<float>.Zero, p * power);
    }

    /// <summary>Up to one register of numbers; what lies beyond <paramref name="count"/> is <paramref name="rest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* source, int count, float rest = 0) =>
        count >= Vector<float>.Count ? Vector.Load(source) : LoadTail(source, count, rest);

    /// <summary>Up to one register of numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, float* target, int count)
    {
        if (count >= Vector<float>.Count)
        {
            value.Store(target);
        }
        else
        {
            StoreTail(value, target, count);
        }
    }

    /// <summary>target += values.</summary>
    public static void Add(float* target, float* values, int count)
    {
        for (var i = 0; i < count; i += Vector<float>.Count)
        {
            Store(Load(target + i, count - i) + Load(values + i, count - i), target + i, count - i);
        }
    }

    /// <summary>The rows of one of <see cref="RowBlocks"/> blocks.</summary>
    public static (int Start, int End) RowBlock(int rows, int block) =>
        ((int)((long)rows * block / RowBlocks), (int)((long)rows * (block + 1) / RowBlocks));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<float> LoadTail(float* source, int count, float rest)
    {
        var buffer = stackalloc float[Vector<float>.Count];
        for (var i = 0; i < Vector<float>.Count; i++)
        {
            buffer[i] = i < count ? source[i] : rest;
        }

        return Vector.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTail(Vector<float> value, float* target, int count)
    {
        for (var i = 0; i < count; i++)
        {
            target[i] = value[i];
        }
    }
}
