using System.Text;
using System.Text.Unicode;

namespace Pipeline.Tokenization;

/// <summary>
/// Splits text into the words within which byte pairs are merged, as OpenAI's GPT-2 does with the expression
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, but by scanning bytes.
/// </summary>
internal static class PreTokenizer
{
    // Small enough for the first-level cache, large enough that a chunk's overhead vanishes.
    private const int ChunkCharacters = 8 * 1024;

    /// <summary>The end of the word that starts at <paramref name="start"/> of valid UTF-8; all positions are bytes.</summary>
    public static int EndOfWord(ReadOnlySpan<byte> text, int start)
    {
        var kinds = CharacterKinds.OfByte;
        var position = start;
        var first = text[start];
        if (first == '\'' && ContractionLength(text[start..]) is > 0 and var contraction)
        {
            return start + contraction;
        }

        var kind = kinds[first];
        if (first == ' ')
        {
            if (++position == text.Length)
            {
                return position;
            }

            kind = kinds[text[position]];
        }

        var length = 1;
        if (kind == CharacterKind.Longer)
        {
            kind = CharacterKinds.At(text, position, out length);
        }

        if (kind == CharacterKind.Space)
        {
            return EndOfSpaces(text, start);
        }

        position += length;
        while ((uint)position < (uint)text.Length)
        {
            var next = kinds[text[position]];
            if (next == kind)
            {
                position++;
            }
            else if (next == CharacterKind.Longer && CharacterKinds.At(text, position, out length) == kind)
            {
                position += length;
            }
            else
            {
                break;
            }
        }

        return position;
    }

    /// <summary>
    /// How many characters from the start of <paramref name="text"/> can be split on their own: a few thousand, or more where
    /// there is no earlier place that is sure to separate words.
    /// </summary>
    public static int ChunkLength(ReadOnlySpan<char> text)
    {
        if (text.Length <= ChunkCharacters)
        {
            return text.Length;
        }

        // No word of the expression above holds white space after anything else, so the step from one to the other always separates words.
        for (var end = ChunkCharacters; end > 0; end--)
        {
            if (IsSeparation(text, end))
            {
                return end;
            }
        }

        for (var end = ChunkCharacters + 1; end < text.Length; end++)
        {
            if (IsSeparation(text, end))
            {
                return end;
            }
        }

        return text.Length;
    }

    /// <summary>Bytes that <see cref="ToUtf8"/> needs at most; of a giant chunk exactly, since three a character may be three times too many.</summary>
    public static int Utf8Room(ReadOnlySpan<char> text) => text.Length <= ChunkCharacters ? text.Length * 3 : Encoding.UTF8.GetByteCount(text);

    /// <summary>The text as UTF-8, a lone surrogate as U+FFFD; <paramref name="utf8"/> holds at least 3 bytes a character.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int ToUtf8(ReadOnlySpan<char> text, Span<byte> utf8)
    {
        Utf8.FromUtf16(text, utf8, out _, out var written);
        return written;
    }

    private static bool IsSeparation(ReadOnlySpan<char> text, int position) =>
        char.IsWhiteSpace(text[position]) && !char.IsWhiteSpace(text[position - 1]);

    // A run of white space leaves its last character to the next word, unless nothing follows or it is the only one.
    private static int EndOfSpaces(ReadOnlySpan<byte> text, int start)
    {
        var position = start;
        var last = start;
        while (position < text.Length && CharacterKinds.At(text, position, out var length) == CharacterKind.Space)
        {
            last = position;
            position += length;
        }

        return position == text.Length || last == start ? position : last;
    }

    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        return text[1] switch
        {
            (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d' => 2,
            (byte)'r' or (byte)'v' => text.Length > 2 && text[2] == 'e' ? 3 : 0,
            (byte)'l' => text.Length > 2 && text[2] == 'l' ? 3 : 0,
            _ => 0,
        };
    }
}
