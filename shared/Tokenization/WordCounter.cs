using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Pipeline.Tokenization;

/// <summary>Counts the different words of texts, as the pre-tokenisation splits them.</summary>
internal sealed class WordCounter
{
    private readonly Dictionary<byte[], long> _counts;
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private byte[] _utf8 = [];

    public WordCounter()
    {
        _counts = new Dictionary<byte[], long>(BytesComparer.Instance);
        _lookup = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Each word's UTF-8 and how often it came, in the order of first appearance.</summary>
    public IReadOnlyDictionary<byte[], long> Counts => _counts;

    /// <summary>Counts a text's words.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var length = PreTokenizer.ChunkLength(text);
            AddChunk(text[..length]);
            text = text[length..];
        }
    }

    private void AddChunk(ReadOnlySpan<char> chunk)
    {
        if (_utf8.Length < chunk.Length * 3)
        {
            _utf8 = new byte[checked(chunk.Length * 3)];
        }

        ReadOnlySpan<byte> utf8 = _utf8.AsSpan(0, PreTokenizer.ToUtf8(chunk, _utf8));
        for (var start = 0; start < utf8.Length;)
        {
            var end = PreTokenizer.EndOfWord(utf8, start);
            CollectionsMarshal.GetValueRefOrAddDefault(_lookup, utf8[start..end], out _)++;
            start = end;
        }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
