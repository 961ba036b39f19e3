using System.Runtime.CompilerServices;
using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

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
    /// would be too small for a normal number, NaN of NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, ILanes<T>
    {
        var clamped = T.Min(T.All(Highest), T.Max(T.All(Lowest), x));
        var n = T.Round(clamped * T.All(1.44269504f));
        var r = T.MultiplyAdd(n, T.All(-0.693359375f), clamped);
        r = T.MultiplyAdd(n, T.All(2.12194440e-4f), r);
        var p = T.All(1.9875691500e-4f);
        p = T.MultiplyAdd(p, r, T.All(1.3981999507e-3f));
        p = T.MultiplyAdd(p, r, T.All(8.3334519073e-3f));
        p = T.MultiplyAdd(p, r, T.All(4.1665795894e-2f));
        p = T.MultiplyAdd(p, r, T.All(1.6666665459e-1f));
        p = T.MultiplyAdd(p, r, T.All(5.0000001201e-1f));
        p = T.MultiplyAdd(p, r * r, r + T.All(1));
        return T.ZeroBelow(T.All(Lowest), x, p * T.PowerOfTwo(n));
    }

    /// <summary>Up to one register of numbers; what lies beyond <paramref name="count"/> is <paramref name="rest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(float* source, int count, float rest = 0)
        where T : struct, ILanes<T> =>
        count >= T.Count ? T.Load(source) : T.Load(source, count, rest);

    /// <summary>Up to one register of numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, float* target, int count)
        where T : struct, ILanes<T>
    {
        if (count >= T.Count)
        {
            value.Store(target);
        }
        else
        {
            value.Store(target, count);
        }
    }

    /// <summary>The largest of some numbers; of those that are NaN nothing is said.</summary>
    public static float Largest<T>(float* values, int count)
        where T : struct, ILanes<T>
    {
        var highest = T.All(float.NegativeInfinity);
        for (var i = 0; i < count; i += T.Count)
        {
            highest = T.Max(highest, Load<T>(values + i, count - i, float.NegativeInfinity));
        }

        return T.Largest(highest);
    }

    /// <summary>target += values.</summary>
    public static void Add(float* target, float* values, int count)
    {
        for (var i = 0; i < count; i += NarrowLanes.Count)
        {
            Store(Load<NarrowLanes>(target + i, count - i) + Load<NarrowLanes>(values + i, count - i), target + i, count - i);
        }
    }

    /// <summary>The rows of one of <see cref="RowBlocks"/> blocks.</summary>
    public static (int Start, int End) RowBlock(int rows, int block) =>
        ((int)((long)rows * block / RowBlocks), (int)((long)rows * (block + 1) / RowBlocks));
}
