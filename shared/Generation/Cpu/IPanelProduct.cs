using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>Products of bytes, added up four at a time: what processors differ in.</summary>
internal unsafe interface IPanelProduct
{
    /// <summary>The largest magnitude of an activation for which sums are exact.</summary>
    static abstract int Limit { get; }

    /// <summary>Adds to each lane of 32 bits the products of its four bytes.</summary>
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed);

    /// <summary>Whole panels of weights times the rows of one tile, without the outputs' own scales.</summary>
    /// <param name="form">Of the weights.</param>
    /// <param name="tokens">Rows of the tile.</param>
    /// <param name="values">The first panel's values.</param>
    /// <param name="scales">Its scales.</param>
    /// <param name="x">The tile.</param>
    /// <param name="steps">Blocks of a panel, or pairs of them where they share bytes.</param>
    /// <param name="panels">Panels one behind the other.</param>
    /// <param name="to">[panels, tokens, 16].</param>
    static abstract void Multiply(WeightForm form, int tokens, byte* values, byte* scales, byte* x, long steps, long panels, float* to);
}

/// <summary>With AVX-512 VNNI.</summary>
internal readonly unsafe struct Avx512Product : IPanelProduct
{
    public static int Limit => VnniProduct.Limit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        AvxVnni.IsSupported ? VnniProduct.Add(sum, unsigned, signed) : sum + Avx2.MultiplyAddAdjacent(Low(unsigned), Low(signed)) + Avx2.MultiplyAddAdjacent(High(unsigned), High(signed));

    public static void Multiply(WeightForm form, int tokens, byte* values, byte* scales, byte* x, long steps, long panels, float* to) =>
        PanelKernel.Multiply(form, tokens, values, scales, x, steps, panels, to);

    // Without saturation, where there are AVX-512's byte products but not their shorter form: even and odd bytes in 16 bits each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Low(Vector256<byte> bytes) => (bytes.AsUInt16() & Vector256.Create((ushort)255)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> High(Vector256<byte> bytes) => (bytes.AsUInt16() >> 8).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Low(Vector256<sbyte> bytes) => (bytes.AsInt16() << 8) >> 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> High(Vector256<sbyte> bytes) => bytes.AsInt16() >> 8;
}

/// <summary>With AVX-VNNI: one instruction that does not saturate.</summary>
internal readonly unsafe struct VnniProduct : IPanelProduct
{
    public static int Limit => 127;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) => AvxVnni.MultiplyWideningAndAdd(sum, unsigned, signed);

    public static void Multiply(WeightForm form, int tokens, byte* values, byte* scales, byte* x, long steps, long panels, float* to) =>
        PanelLoops<VnniProduct>.Multiply(form, tokens, values, scales, x, steps, panels, to);
}

/// <summary>
/// With AVX2: pairs are summed in 16 bits, which holds 2 · 255 · 63 and 2 · 15 · 127 but not 2 · 255 · 127, so activations get 7 bits.
/// </summary>
internal readonly unsafe struct Avx2Product : IPanelProduct
{
    public static int Limit => 63;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> unsigned, Vector256<sbyte> signed) =>
        sum + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(unsigned, signed), Vector256.Create((short)1));

    public static void Multiply(WeightForm form, int tokens, byte* values, byte* scales, byte* x, long steps, long panels, float* to) =>
        PanelLoops<Avx2Product>.Multiply(form, tokens, values, scales, x, steps, panels, to);
}
