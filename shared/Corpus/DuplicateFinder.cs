using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pipeline.Corpus;

/// <summary>The earlier text that a text repeats.</summary>
/// <param name="Kept">The earlier text's number.</param>
/// <param name="Exact">Whether the two are equal but for white space.</param>
/// <param name="Similarity">Jaccard index of their shingles, 0 to 1.</param>
internal sealed record Duplicate(int Kept, bool Exact, double Similarity);

/// <summary>
/// Finds texts that repeat an earlier one, exactly or nearly, in time that grows with the texts and not with their pairs: MinHash
/// with locality-sensitive hashing proposes, the exact Jaccard index decides.
/// </summary>
/// <param name="similarity">From which Jaccard index on two texts count as one; null finds exact duplicates only.</param>
internal sealed class DuplicateFinder(double? similarity)
{
    // More than four standard deviations of the estimate: a pair that is alike enough is not lost here.
    private const double EstimateSlack = 0.13;

    private readonly Dictionary<UInt128, int> _exact = [];
    private readonly Dictionary<ulong, List<int>> _bands = [];
    private readonly List<Candidate> _kept = [];

    /// <summary>Takes the next text: returns what it repeats, or null after remembering it under the number given.</summary>
    public Duplicate? Add(int number, string text)
    {
        var fingerprint = Fingerprint(text);
        if (_exact.TryGetValue(fingerprint, out var equal))
        {
            return new Duplicate(equal, Exact: true, Similarity: 1);
        }

        if (similarity is { } threshold && Shingles.Of(text) is { Length: > 0 } shingles)
        {
            var candidate = new Candidate(number, shingles, MinHash.Signature(shingles));
            if (MostAlike(candidate, threshold) is { } duplicate)
            {
                return duplicate;
            }

            Remember(candidate);
        }

        _exact.Add(fingerprint, number);
        return null;
    }

    private Duplicate? MostAlike(Candidate candidate, double threshold)
    {
        Duplicate? best = null;
        for (var band = 0; band < MinHash.Bands; band++)
        {
            foreach (var index in _bands.GetValueOrDefault(MinHash.BandKey(candidate.Signature, band)) ?? [])
            {
                var other = _kept[index];
                if (other.ComparedWith == candidate.Number)
                {
                    continue;
                }

                other.ComparedWith = candidate.Number;
                var alike = CouldReach(threshold, candidate, other) ? Shingles.Similarity(candidate.Shingles, other.Shingles) : 0;
                if (alike >= threshold && (best is null || alike > best.Similarity || (alike == best.Similarity && other.Number < best.Kept)))
                {
                    best = new Duplicate(other.Number, Exact: false, alike);
                }
            }
        }

        return best;
    }

    private void Remember(Candidate candidate)
    {
        for (var band = 0; band < MinHash.Bands; band++)
        {
            ref var bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(_bands, MinHash.BandKey(candidate.Signature, band), out _);
            (bucket ??= new List<int>(1)).Add(_kept.Count);
        }

        _kept.Add(candidate);
    }

    // The Jaccard index is at most the ratio of the sets' sizes.
    private static bool CouldReach(double threshold, Candidate first, Candidate second)
    {
        var (small, large) = (Math.Min(first.Shingles.Length, second.Shingles.Length), Math.Max(first.Shingles.Length, second.Shingles.Length));
        return small >= threshold * large && MinHash.Estimate(first.Signature, second.Signature) >= threshold - EstimateSlack;
    }

    /// <summary>128 bits of the SHA-256 of the text with each run of white space as one blank, none at the ends.</summary>
    private static UInt128 Fingerprint(string text)
    {
        var buffer = ArrayPool<char>.Shared.Rent(text.Length);
        var length = 0;
        foreach (var c in text.AsSpan().Trim())
        {
            if (!char.IsWhiteSpace(c))
            {
                buffer[length++] = c;
            }
            else if (buffer[length - 1] != ' ')
            {
                buffer[length++] = ' ';
            }
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(buffer.AsSpan(0, length)), hash);
        ArrayPool<char>.Shared.Return(buffer);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    private sealed class Candidate(int number, ulong[] shingles, uint[] signature)
    {
        public int Number { get; } = number;

        public ulong[] Shingles { get; } = shingles;

        public uint[] Signature { get; } = signature;

        /// <summary>The last text compared with this one, so that a pair that meets in several bands is compared once.</summary>
        public int ComparedWith { get; set; } = -1;
    }
}
