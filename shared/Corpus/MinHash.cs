using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Corpus;

/// <summary>
/// Signatures whose share of equal places estimates the Jaccard index of two sets (Broder 1997). They are cut into bands of rows for
/// locality-sensitive hashing: two sets meet if one whole band is equal.
/// </summary>
/// <remarks>
/// 40 bands of 6 rows: two sets that overlap by 0.8 fail to meet with probability (1 - 0.8^6)^40 = 5e-6, by 0.7 with 0.7%.
/// </remarks>
internal static class MinHash
{
    /// <summary>Bands of a signature.</summary>
    public const int Bands = 40;

    /// <summary>Rows of a band.</summary>
    public const int Rows = 6;

    /// <summary>Places of a signature.</summary>
    public const int Length = Bands * Rows;

    // Rounded up to whole vectors of up to 512 bits.
    private const int Padded = (Length + 15) / 16 * 16;

    private static readonly uint[] Factors = Constants(seed: 1, odd: true);
    private static readonly uint[] Offsets = Constants(seed: 2, odd: false);

    /// <summary>The signature of a set of shingles.</summary>
    public static uint[] Signature(ReadOnlySpan<ulong> shingles)
    {
        var minima = new uint[Padded];
        Array.Fill(minima, uint.MaxValue);
        var lanes = MemoryMarshal.Cast<uint, Vector<uint>>(minima.AsSpan());
        var factors = MemoryMarshal.Cast<uint, Vector<uint>>(Factors);
        var offsets = MemoryMarshal.Cast<uint, Vector<uint>>(Offsets);
        foreach (var shingle in shingles)
        {
            // The shingle is well mixed already, so that a multiply and an add make another order of it.
            var value = new Vector<uint>((uint)(shingle >> 32));
            for (var lane = 0; lane < lanes.Length; lane++)
            {
                lanes[lane] = Vector.Min(lanes[lane], (value * factors[lane]) + offsets[lane]);
            }
        }

        return minima;
    }

    /// <summary>An estimate of the Jaccard index with a standard deviation of at most 0.033.</summary>
    public static double Estimate(ReadOnlySpan<uint> first, ReadOnlySpan<uint> second)
    {
        var equal = 0;
        for (var place = 0; place < Length; place++)
        {
            equal += first[place] == second[place] ? 1 : 0;
        }

        return (double)equal / Length;
    }

    /// <summary>The key of one band, different for different bands.</summary>
    public static ulong BandKey(ReadOnlySpan<uint> signature, int band)
    {
        var key = (ulong)band;
        foreach (var row in signature.Slice(band * Rows, Rows))
        {
            key = Mix(key + row + 1);
        }

        return key;
    }

    private static uint[] Constants(ulong seed, bool odd)
    {
        var constants = new uint[Padded];
        for (var place = 0; place < Padded; place++)
        {
            constants[place] = (uint)(Mix(seed + (ulong)place * 0x9E3779B97F4A7C15) >> 32) | (odd ? 1u : 0u);
        }

        return constants;
    }

    /// <summary>Spreads a number's bits over all 64: the finalizer of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
