using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>Products of bytes, added up four at a time: what processors differ in.</summary>
internal interface IByteDot
{
    /// <summary>The largest magnitude of an activation for which sums are exact.</summary>
    static abstract int Limit { get; }

    /// <summary>Adds to each lane of 32 bits the products of its four bytes.</summary>
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed);
}

/// <summary>With AVX-VNNI: one instruction that does not saturate.</summary>
internal readonly struct VnniDot : IByteDot
{
    public static int Limit => 127;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) => AvxVnni.MultiplyWideningAndAdd(sum, unsigned, signed);
}

/// <summary>
/// With AVX2: pairs are summed in 16 bits, which holds 2 · 255 · 63 and 2 · 127 · 127 but not 2 · 255 · 127, so activations get 7 bits.
/// </summary>
internal readonly struct Avx2Dot : IByteDot
{
    public static int Limit => 63;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        sum + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(unsigned, signed), Vector256.Create((short)1));
}
