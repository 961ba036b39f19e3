using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Tokenization;

/// <summary>Turns text into tokens; keeps its buffers and the words it has seen, so it serves one caller at a time.</summary>
internal sealed class BpeEncoder(MergeTable table)
{
    // What one giant chunk needed is not kept for ever.
    private const int LongestKept = 1 << 18;

    private readonly WordMerger _merger = new(table);
    private readonly WordCache _words = new();
    private byte[] _utf8 = [];
    private int[] _tokens = [];

    /// <summary>Appends the text's tokens to <paramref name="ids"/>.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        while (!text.IsEmpty)
        {
            var length = PreTokenizer.ChunkLength(text);
            ids.AddRange(EncodeChunk(text[..length]));
            text = text[length..];
        }

        if (_utf8.Length > LongestKept)
        {
            _utf8 = [];
            _tokens = [];
        }
    }

    private ReadOnlySpan<int> EncodeChunk(ReadOnlySpan<char> chunk)
    {
        var room = PreTokenizer.Utf8Room(chunk);
        if (_tokens.Length < room)
        {
            _utf8 = new byte[room + WordCache.Padding];
            _tokens = new int[room];
        }

        var utf8 = _utf8.AsSpan(0, PreTokenizer.ToUtf8(chunk, _utf8));
        ref var bytes = ref MemoryMarshal.GetArrayDataReference(_utf8);
        Span<int> tokens = _tokens;
        var count = 0;
        for (var start = 0; start < utf8.Length;)
        {
            var end = PreTokenizer.EndOfWord(utf8, start);
            var length = end - start;
            if (length > WordCache.LongestWord)
            {
                count += _merger.Merge(utf8[start..end], tokens[count..]);
            }
            else
            {
                var key = WordCache.KeyOf(ref Unsafe.Add(ref bytes, start), length);
                ref var entry = ref _words.Find(key);
                if (!entry.Holds(key))
                {
                    var merged = _merger.Merge(utf8[start..end], tokens[count..]);
                    entry.Replace(key, tokens.Slice(count, merged));
                    count += merged;
                }
                else if (entry.Tokens is [var single])
                {
                    tokens[count++] = single;
                }
                else
                {
                    entry.Tokens.CopyTo(tokens[count..]);
                    count += entry.Tokens.Length;
                }
            }

            start = end;
        }

        return tokens[..count];
    }
}
