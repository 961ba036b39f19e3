namespace Pipeline.Tokenization;

/// <summary>Merges the bytes of one word: always the pair of the lowest rank, the leftmost of equals, until no rule applies.</summary>
internal sealed class WordMerger(MergeTable table)
{
    // Up to here looking at every pair before each merge is faster than keeping a queue.
    private const int LongestScanned = 64;

    private readonly int[] _scanTokens = new int[LongestScanned];
    private readonly int[] _scanRanks = new int[LongestScanned];
    private readonly LongWordMerger _long = new(table);

    /// <summary>Writes the word's tokens to <paramref name="tokens"/>, which has room for one a byte, and returns how many there are.</summary>
    public int Merge(ReadOnlySpan<byte> word, Span<int> tokens) => word.Length <= LongestScanned ? MergeByScan(word, tokens) : _long.Merge(word, tokens);

    private int MergeByScan(ReadOnlySpan<byte> word, Span<int> output)
    {
        Span<int> tokens = _scanTokens;
        Span<int> ranks = _scanRanks;
        var count = word.Length;
        for (var index = 0; index < count - 1; index++)
        {
            tokens[index] = table.ByteId(word[index]);
            ranks[index] = table.ByteRank(word[index], word[index + 1]);
        }

        tokens[count - 1] = table.ByteId(word[^1]);
        ranks[count - 1] = MergeTable.None;
        while (true)
        {
            var lowest = MergeTable.None;
            var at = 0;
            for (var index = 0; index < count - 1; index++)
            {
                if (ranks[index] < lowest)
                {
                    lowest = ranks[index];
                    at = index;
                }
            }

            if (lowest == MergeTable.None)
            {
                break;
            }

            tokens[at] = table.Result(lowest);
            count--;
            for (var index = at + 1; index < count; index++)
            {
                tokens[index] = tokens[index + 1];
                ranks[index] = ranks[index + 1];
            }

            ranks[at] = at + 1 < count ? table.Rank(tokens[at], tokens[at + 1]) : MergeTable.None;
            if (at > 0)
            {
                ranks[at - 1] = table.Rank(tokens[at - 1], tokens[at]);
            }
        }

        tokens[..count].CopyTo(output);
        return count;
    }
}
