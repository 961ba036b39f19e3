using System.Numerics;

namespace Pipeline.Tokenization;

/// <summary>
/// Merges the bytes of one long word in the same order as <see cref="WordMerger"/>, with a queue of pairs. It holds 8 bytes and a bit for
/// each byte of the word, however many merges there are: what a hostile word of megabytes costs is bounded.
/// </summary>
internal sealed class LongWordMerger(MergeTable table)
{
    // What one giant word needed is not kept for ever.
    private const int LongestKept = 1 << 16;

    private readonly MergeQueue _queue = new();

    // A bit for each byte at which a token starts.
    private ulong[] _starts = [];

    /// <summary>Writes the word's tokens to <paramref name="tokens"/>, which has room for one a byte, and returns how many there are.</summary>
    public int Merge(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        // A token stands at the place of its first byte until all are merged.
        tokens = tokens[..word.Length];
        Begin(word, tokens);
        Enqueue(tokens);
        while (_queue.TryDequeue(out var rank, out var at))
        {
            // A pair that another merge took apart is still in the queue.
            if (!IsStart(at) || Next(at, word.Length) is var next && (next == word.Length || table.Rank(tokens[at], tokens[next]) != rank))
            {
                continue;
            }

            tokens[at] = table.Result(rank);
            _starts[next >> 6] &= ~(1UL << (next & 63));
            var after = Next(next, word.Length);
            if (after < word.Length)
            {
                Enqueue(tokens, at, after);
            }

            if (at > 0)
            {
                Enqueue(tokens, Previous(at), at);
            }
        }

        var count = 0;
        for (var start = 0; start < word.Length; start = Next(start, word.Length))
        {
            tokens[count++] = tokens[start];
        }

        if (word.Length > LongestKept)
        {
            _starts = [];
            _queue.Forget();
        }

        return count;
    }

    private void Begin(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        if (_starts.Length * 64 < word.Length)
        {
            _starts = new ulong[(word.Length + 63) / 64];
        }

        Array.Fill(_starts, ulong.MaxValue, 0, (word.Length + 63) / 64);
        for (var index = 0; index < word.Length; index++)
        {
            tokens[index] = table.ByteId(word[index]);
        }
    }

    // All pairs that there are: fewer than the tokens, so they always have room.
    private void Enqueue(ReadOnlySpan<int> tokens)
    {
        _queue.Clear(tokens.Length);
        for (int start = 0, next; (next = Next(start, tokens.Length)) < tokens.Length; start = next)
        {
            var rank = table.Rank(tokens[start], tokens[next]);
            if (rank != MergeTable.None)
            {
                _queue.Append(rank, start);
            }
        }

        _queue.Order();
    }

    private void Enqueue(ReadOnlySpan<int> tokens, int at, int next)
    {
        var rank = table.Rank(tokens[at], tokens[next]);
        if (rank != MergeTable.None && !_queue.TryEnqueue(rank, at))
        {
            // Full of pairs that are there no more.
            Enqueue(tokens);
        }
    }

    private bool IsStart(int at) => (_starts[at >> 6] >> (at & 63) & 1) != 0;

    private int Next(int start, int length)
    {
        var at = start + 1;
        if (at >= length)
        {
            return length;
        }

        var index = at >> 6;
        var bits = _starts[index] & (ulong.MaxValue << (at & 63));
        while (bits == 0)
        {
            if (++index << 6 >= length)
            {
                return length;
            }

            bits = _starts[index];
        }

        return Math.Min(length, (index << 6) + BitOperations.TrailingZeroCount(bits));
    }

    // The first byte always starts a token.
    private int Previous(int start)
    {
        var at = start - 1;
        var index = at >> 6;
        var bits = _starts[index] & (ulong.MaxValue >> (63 - (at & 63)));
        while (bits == 0)
        {
            bits = _starts[--index];
        }

        return (index << 6) + 63 - BitOperations.LeadingZeroCount(bits);
    }
}
