using System.Numerics;

namespace Pipeline.Tokenization;

/// <summary>Finds the merge of two neighbouring tokens: an open-addressing table over (left, right), at most half full.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that no rule merges.</summary>
    public const int None = int.MaxValue;

    private readonly Entry[] _entries;
    private readonly int _shift;
    private readonly int[] _byteIds;
    private readonly int[] _byteRanks;
    private readonly int[] _results;

    public MergeTable(ReadOnlySpan<int> byteIds, ReadOnlySpan<BpeMerge> merges)
    {
        var bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, merges.Length * 2)));
        _entries = new Entry[1 << bits];
        _shift = 64 - bits;
        Array.Fill(_entries, new Entry(-1, -1, None));
        _results = new int[merges.Length];
        for (var rank = 0; rank < merges.Length; rank++)
        {
            _results[rank] = merges[rank].Result;
            var slot = Slot(merges[rank].Left, merges[rank].Right);
            while (_entries[slot].Left >= 0)
            {
                slot = (slot + 1) & (_entries.Length - 1);
            }

            _entries[slot] = new Entry(merges[rank].Left, merges[rank].Right, rank);
        }

        _byteIds = byteIds.ToArray();
        _byteRanks = new int[256 * 256];
        for (var pair = 0; pair < _byteRanks.Length; pair++)
        {
            _byteRanks[pair] = Rank(_byteIds[pair >> 8], _byteIds[pair & 0xFF]);
        }
    }

    /// <summary>The token of a single byte.</summary>
    public int ByteId(byte value) => _byteIds[value];

    /// <summary>The rank of the merge of two single bytes, or <see cref="None"/>: the first look-up of every pair, so it has a table of its own.</summary>
    public int ByteRank(byte left, byte right) => _byteRanks[(left << 8) | right];

    /// <summary>The token that the merge of a rank makes.</summary>
    public int Result(int rank) => _results[rank];

    /// <summary>The rank of the merge of two tokens, or <see cref="None"/>.</summary>
    public int Rank(int left, int right)
    {
        var slot = Slot(left, right);
        while (true)
        {
            ref readonly var entry = ref _entries[slot];
            if (entry.Left == left && entry.Right == right)
            {
                return entry.Rank;
            }

            if (entry.Left < 0)
            {
                return None;
            }

            slot = (slot + 1) & (_entries.Length - 1);
        }
    }

    // Fibonacci hashing: the golden ratio's fraction spreads neighbouring ids over the table.
    private int Slot(int left, int right) => (int)(((((ulong)(uint)left << 32) | (uint)right) * 0x9E3779B97F4A7C15) >> _shift);

    private readonly record struct Entry(int Left, int Right, int Rank);
}
