using System.Numerics;
using System.Runtime.CompilerServices;
using Pipeline.TrainerJob.Graphs.Kernels.Lanes;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Which elements of a row are dropped: those whose number, hashed with the row's two words, falls below the rate. A hash, and no sequence of
/// random numbers, so that any element can be asked for by itself. The mixer is "lowbias32" (Wellons 2018, Prospecting for hash functions).
/// </summary>
internal readonly unsafe struct DropoutMask
{
    private readonly uint _first;
    private readonly uint _second;
    private readonly uint _threshold;
    private readonly float _factor;

    private DropoutMask(ulong row, float rate)
    {
        (_first, _second) = ((uint)row, (uint)(row >> 32));
        _threshold = (uint)(rate * 4294967296.0);
        _factor = 1 / (1 - rate);
    }

    /// <summary>The mask of one row under a key.</summary>
    public static DropoutMask Of(long key, long row, float rate) => new(SplitMix.Mix((ulong)key + (ulong)row), rate);

    /// <summary>Writes the elements from start to end of a row, those dropped as 0.</summary>
    public void Apply(float* x, float* y, int start, int end)
    {
        var lanes = Vector<uint>.Indices;
        for (var i = start; i < end; i += Vector<float>.Count)
        {
            var kept = Vector.GreaterThanOrEqual(Hash(lanes + new Vector<uint>((uint)i)), new Vector<uint>(_threshold));
            var value = VectorMath.Load<NarrowLanes>(x + i, end - i).Register * _factor;
            VectorMath.Store(new NarrowLanes(Vector.ConditionalSelect(Vector.AsVectorSingle(kept), value, Vector<float>.Zero)), y + i, end - i);
        }
    }

    /// <summary>Whether each element of a row is kept.</summary>
    public void Write(Span<bool> kept)
    {
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = Hash(new Vector<uint>((uint)i))[0] >= _threshold;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<uint> Hash(Vector<uint> index) => Mix(Mix(index ^ new Vector<uint>(_first)) + new Vector<uint>(_second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Mix(Vector<uint> x)
    {
        x ^= x >>> 16;
        x *= 0x7feb352d;
        x ^= x >>> 15;
        x *= 0x846ca68b;
        return x ^ (x >>> 16);
    }
}
