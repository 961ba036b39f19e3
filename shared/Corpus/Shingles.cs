using System.Globalization;
using System.Text;

namespace Pipeline.Corpus;

/// <summary>
/// A text as the set of its runs of five words (Broder 1997, "On the resemblance and containment of documents"). Words are compared
/// in lower case and without punctuation; in scripts written without blanks each character counts as a word.
/// </summary>
internal static class Shingles
{
    /// <summary>Words of one shingle.</summary>
    public const int Words = 5;

    // FNV-1a, 64 bits.
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>The hashes of the shingles, ascending, each once. A text of fewer words is one shingle, a text without words none.</summary>
    public static ulong[] Of(string text)
    {
        var words = WordHashes(text);
        if (words.Count == 0)
        {
            return [];
        }

        var shingles = new ulong[Math.Max(1, words.Count - Words + 1)];
        for (var start = 0; start < shingles.Length; start++)
        {
            var hash = OffsetBasis;
            for (var word = start; word < Math.Min(start + Words, words.Count); word++)
            {
                hash = MinHash.Mix(hash ^ words[word]);
            }

            shingles[start] = hash;
        }

        Array.Sort(shingles);
        var distinct = 1;
        for (var index = 1; index < shingles.Length; index++)
        {
            if (shingles[index] != shingles[distinct - 1])
            {
                shingles[distinct++] = shingles[index];
            }
        }

        return shingles[..distinct];
    }

    /// <summary>The Jaccard index of two sets of shingles, 0 to 1; of two empty ones 0, since nothing is known of them.</summary>
    public static double Similarity(ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second)
    {
        int common = 0, i = 0, j = 0;
        while (i < first.Length && j < second.Length)
        {
            var (a, b) = (first[i], second[j]);
            common += a == b ? 1 : 0;
            i += a <= b ? 1 : 0;
            j += b <= a ? 1 : 0;
        }

        var union = first.Length + second.Length - common;
        return union == 0 ? 0 : (double)common / union;
    }

    private static List<ulong> WordHashes(string text)
    {
        var words = new List<ulong>(text.Length / 5);
        var hash = OffsetBasis;
        var inWord = false;
        for (var position = 0; position < text.Length;)
        {
            var rune = new Rune('\uFFFD');
            var length = 1;
            if (!char.IsSurrogate(text[position]))
            {
                rune = new Rune(text[position]);
            }
            else
            {
                Rune.DecodeFromUtf16(text.AsSpan(position), out rune, out length);
            }

            position += length;
            var isWord = IsWord(rune);
            var alone = isWord && IsWrittenWithoutBlanks(rune.Value);
            if (inWord && (!isWord || alone))
            {
                words.Add(hash);
                hash = OffsetBasis;
                inWord = false;
            }

            if (isWord)
            {
                hash = (hash ^ (uint)Rune.ToLowerInvariant(rune).Value) * Prime;
                inWord = true;
            }

            if (alone)
            {
                words.Add(hash);
                hash = OffsetBasis;
                inWord = false;
            }
        }

        if (inWord)
        {
            words.Add(hash);
        }

        return words;
    }

    private static bool IsWord(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value)
        : Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // Unicode blocks: Thai to Tibetan, Myanmar, Khmer, the CJK blocks without Hangul, CJK compatibility, the ideographic planes.
    private static bool IsWrittenWithoutBlanks(int codePoint) => codePoint is
        (>= 0x0E00 and <= 0x0FFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF)
        or (>= 0x2E80 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
