using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.TrainerJob.Graphs.Kernels.Lanes;

/// <summary>A register that every processor of this kind has: 8 numbers with AVX2, 4 with NEON.</summary>
internal readonly unsafe struct NarrowLanes(Vector<float> register) : ILanes<NarrowLanes>
{
    /// <summary>The register.</summary>
    public Vector<float> Register { get; } = register;

    /// <inheritdoc />
    public static int Count => Vector<float>.Count;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes All(float value) => new(new Vector<float>(value));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Load(float* source) => new(Vector.Load(source));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Load(float* source, int count, float rest) => HasMasks
        ? new(Vector256.ConditionalSelect(First(count), Avx.MaskLoad(source, First(count)), Vector256.Create(rest)).AsVector())
        : Copy(source, count, rest);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => Register.Store(target);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target, int count)
    {
        if (HasMasks)
        {
            Avx.MaskStore(target, First(count), Register.AsVector256());
        }
        else
        {
            Copy(this, target, count);
        }
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes operator +(NarrowLanes left, NarrowLanes right) => new(left.Register + right.Register);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes operator -(NarrowLanes left, NarrowLanes right) => new(left.Register - right.Register);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes operator -(NarrowLanes value) => new(-value.Register);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes operator *(NarrowLanes left, NarrowLanes right) => new(left.Register * right.Register);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes operator /(NarrowLanes left, NarrowLanes right) => new(left.Register / right.Register);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes MultiplyAdd(NarrowLanes a, NarrowLanes b, NarrowLanes c) => new(Vector.FusedMultiplyAdd(a.Register, b.Register, c.Register));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Min(NarrowLanes left, NarrowLanes right) => new(Vector.MinNative(left.Register, right.Register));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Max(NarrowLanes left, NarrowLanes right) => new(Vector.MaxNative(left.Register, right.Register));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Round(NarrowLanes value) => new(Vector.Round(value.Register));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes PowerOfTwo(NarrowLanes n) =>
        new(Vector.AsVectorSingle((Vector.ConvertToInt32Native(n.Register) + new Vector<int>(127)) << 23));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes ZeroBelow(NarrowLanes limit, NarrowLanes x, NarrowLanes value) =>
        new(Vector.ConditionalSelect(Vector.LessThan(x.Register, limit.Register), Vector<float>.Zero, value.Register));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(NarrowLanes value) => Vector.Sum(value.Register);

    /// <inheritdoc />
    public static float Largest(NarrowLanes value)
    {
        var highest = value.Register[0];
        for (var i = 1; i < Count; i++)
        {
            highest = MathF.Max(highest, value.Register[i]);
        }

        return highest;
    }

    private static bool HasMasks => Avx.IsSupported && Count == Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    // Apart, so that whole registers stay registers where there are no masks.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static NarrowLanes Copy(float* source, int count, float rest)
    {
        var numbers = stackalloc float[Count];
        new Span<float>(numbers, Count).Fill(rest);
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(numbers, Count));
        return Load(numbers);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Copy(NarrowLanes lanes, float* target, int count)
    {
        var numbers = stackalloc float[Count];
        lanes.Store(numbers);
        new ReadOnlySpan<float>(numbers, count).CopyTo(new Span<float>(target, count));
    }
}
