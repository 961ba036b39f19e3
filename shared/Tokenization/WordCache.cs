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
    public const int LongestWord = 24;

    /// <summary>How many bytes must be readable behind a word's start, whatever its length.</summary>
    public const int Padding = 32;

    private const int MostTokens = 9;
    private const int Bits = 15;

    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>The word of <paramref name="length"/> bytes that starts at <paramref name="word"/>, behind which <see cref="Padding"/> bytes are readable.</summary>
    public static Key KeyOf(ref byte word, int length)
    {
        var bytes = Vector256.LoadUnsafe(ref word) & Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)length));
        var parts = bytes.AsUInt64();
        return new Key(parts[0], parts[1], parts[2], length);
    }

    /// <summary>The place of a word; it may hold another one.</summary>
    public ref Entry Find(in Key key)
    {
        // Multilinear hashing: one odd constant (fractions of irrational numbers) for each eight bytes.
        var hash = (key.First * 0x9E3779B97F4A7C15) + (key.Second * 0xC2B2AE3D27D4EB4F) + (key.Third * 0x165667B19E3779F9);
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), (nint)(hash >> (64 - Bits)));
    }

    /// <summary>A short word: its bytes with zeros behind, and its length.</summary>
    public readonly record struct Key(ulong First, ulong Second, ulong Third, int Length);

    /// <summary>One word and its tokens: exactly a cache line.</summary>
    public struct Entry
    {
        private ulong _first;
        private ulong _second;
        private ulong _third;
        private byte _length;
        private byte _count;
        private TokenBuffer _tokens;

        /// <summary>The tokens of the word it holds.</summary>
        [UnscopedRef]
        public readonly ReadOnlySpan<int> Tokens => ((ReadOnlySpan<int>)_tokens)[.._count];

        /// <summary>Whether the entry holds the word.</summary>
        public readonly bool Holds(in Key key) =>
            ((_first ^ key.First) | (_second ^ key.Second) | (_third ^ key.Third) | (uint)(_length ^ key.Length)) == 0;

        /// <summary>Takes a word in place of the one it holds, unless it has too many tokens.</summary>
        public void Replace(in Key key, ReadOnlySpan<int> tokens)
        {
            if (tokens.Length <= MostTokens)
            {
                (_first, _second, _third) = (key.First, key.Second, key.Third);
                _length = (byte)key.Length;
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
