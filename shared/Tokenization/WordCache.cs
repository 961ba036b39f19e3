using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Tokenization;

/// <summary>
/// Remembers the tokens of short words, keyed by their bytes. A word has one place; the last one that wants it has it.
/// Natural text repeats its words so much that nearly every look-up succeeds.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Words longer than this many bytes are not remembered.</summary>
    public const int LongestWord = 32;

    /// <summary>How many bytes may be read from a word's start on, whatever its length.</summary>
    public const int Padding = LongestWord;

    private const int MostTokens = 23;
    private const int Bits = 14;

    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>The word of <paramref name="length"/> bytes that starts at <paramref name="word"/>, behind which <see cref="Padding"/> bytes are readable.</summary>
    public static Vector256<byte> Key(ref byte word, int length)
    {
        var bytes = Vector256.LoadUnsafe(ref word);
        return bytes & Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)length));
    }

    /// <summary>The place of a word; it may hold another one.</summary>
    public ref Entry Find(Vector256<byte> key)
    {
        // Multilinear hashing: one odd constant (fractions of irrational numbers) for each eight bytes.
        var parts = key.AsUInt64();
        var hash = (parts[0] * 0x9E3779B97F4A7C15) + (parts[1] * 0xC2B2AE3D27D4EB4F) + (parts[2] * 0x165667B19E3779F9) + (parts[3] * 0xD6E8FEB86659FD93);
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), (nint)(hash >> (64 - Bits)));
    }

    /// <summary>Two cache lines; the second is only touched by words of many tokens.</summary>
    public struct Entry
    {
        private Vector256<byte> _key;
        private byte _length;
        private byte _count;
        private TokenBuffer _tokens;

        /// <summary>Whether the entry holds the word.</summary>
        public readonly bool Holds(Vector256<byte> key, int length) => _length == length && _key == key;

        /// <summary>The tokens of the word it holds.</summary>
        [UnscopedRef]
        public readonly ReadOnlySpan<int> Tokens => ((ReadOnlySpan<int>)_tokens)[.._count];

        /// <summary>Takes a word in place of the one it holds, unless it has too many tokens.</summary>
        public void Replace(Vector256<byte> key, int length, ReadOnlySpan<int> tokens)
        {
            if (tokens.Length <= MostTokens)
            {
                _key = key;
                _length = (byte)length;
                _count = (byte)tokens.Length;
                tokens.CopyTo(_tokens);
            }
        }
    }

    [InlineArray(MostTokens)]
    private struct TokenBuffer
    {
        private int _first;
    }
}
