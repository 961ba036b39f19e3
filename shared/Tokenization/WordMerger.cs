namespace Pipeline.Tokenization;

/// <summary>Merges the bytes of one word: always the pair of the lowest rank, the leftmost of equals, until no rule applies.</summary>
internal sealed class WordMerger(MergeTable table)
{
    // Up to here looking at every pair before each merge is faster than keeping a heap.
    private const int LongestScanned = 64;

    // What one giant word needed is not kept for ever.
    private const int LongestKept = 1 << 16;

    private readonly int[] _scanTokens = new int[LongestScanned];
    private readonly int[] _scanRanks = new int[LongestScanned];
    private PriorityQueue<int, ulong> _queue = new();
    private Link[] _links = [];

    /// <summary>Writes the word's tokens to <paramref name="tokens"/>, which has room for one a byte, and returns how many there are.</summary>
    public int Merge(ReadOnlySpan<byte> word, Span<int> tokens) => word.Length <= LongestScanned ? MergeByScan(word, tokens) : MergeByHeap(word, tokens);

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

    private int MergeByHeap(ReadOnlySpan<byte> word, Span<int> output)
    {
        if (_links.Length < word.Length)
        {
            _links = new Link[word.Length];
        }

        Span<Link> links = _links;
        for (var index = 0; index < word.Length; index++)
        {
            var last = index == word.Length - 1;
            links[index] = new Link
            {
                Token = table.ByteId(word[index]),
                Rank = last ? MergeTable.None : table.ByteRank(word[index], word[index + 1]),
                Previous = index - 1,
                Next = last ? -1 : index + 1,
            };
            Enqueue(links[index].Rank, index);
        }

        while (_queue.TryDequeue(out var at, out var priority))
        {
            ref var link = ref links[at];
            if (link.Rank != (int)(priority >> 32))
            {
                continue;
            }

            ref var gone = ref links[link.Next];
            link.Token = table.Result(link.Rank);
            link.Next = gone.Next;
            gone.Rank = MergeTable.None;
            link.Rank = MergeTable.None;
            if (link.Next >= 0)
            {
                links[link.Next].Previous = at;
                link.Rank = table.Rank(link.Token, links[link.Next].Token);
                Enqueue(link.Rank, at);
            }

            if (link.Previous >= 0)
            {
                ref var previous = ref links[link.Previous];
                previous.Rank = table.Rank(previous.Token, link.Token);
                Enqueue(previous.Rank, link.Previous);
            }
        }

        var count = 0;
        for (var index = 0; index >= 0; index = links[index].Next)
        {
            output[count++] = links[index].Token;
        }

        if (word.Length > LongestKept)
        {
            _links = [];
            _queue = new();
        }

        return count;
    }

    private void Enqueue(int rank, int at)
    {
        if (rank != MergeTable.None)
        {
            _queue.Enqueue(at, ((ulong)(uint)rank << 32) | (uint)at);
        }
    }

    private struct Link
    {
        public int Token;
        public int Rank;
        public int Previous;
        public int Next;
    }
}
