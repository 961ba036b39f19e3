using System.Buffers;
using System.Globalization;

namespace Pipeline.Posts.Text;

/// <summary>What single characters mean to plain text.</summary>
internal static class TextCharacters
{
    /// <summary>First character of a token that stands for code which the Liquid pass took out of the source.</summary>
    public const char CodeToken = '\uFDD0';

    /// <summary>First character of a token that stands for source which must stay as written.</summary>
    public const char LiteralToken = '\uFDD1';

    private const char ZeroWidthJoiner = '\u200D';
    private const char ZeroWidthNonJoiner = '\u200C';

    /// <summary>Characters that a clean source does not hold; surrogates only if they are not paired.</summary>
    private static readonly SearchValues<char> Suspects = SearchValues.Create(SuspectCharacters());

    /// <summary>Blanks that become an ordinary space.</summary>
    public static SearchValues<char> OddSpaces { get; } =
        SearchValues.Create("\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000");

    /// <summary>
    /// Removes what nobody sees (a byte order mark, zero-width and control characters, halves of surrogate pairs) and makes line feeds
    /// of all line ends. Odd blanks stay, since Markdown does not take them for indentation. The same string comes back if it is clean.
    /// </summary>
    public static string RemoveInvisible(string source)
    {
        var first = NextSuspect(source, 0);
        return first < 0 ? source : Rewrite(source, first);
    }

    /// <summary>True for scripts written without blanks between words, and for their punctuation.</summary>
    public static bool IsCjk(char character) => character >= '\u2E80' && character is
        (>= '\u2E80' and <= '\u2FDF') or (>= '\u3001' and <= '\u30FF') or (>= '\u3105' and <= '\u312F') or (>= '\u31A0' and <= '\u31FF')
        or (>= '\u3400' and <= '\u4DBF') or (>= '\u4E00' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFE30' and <= '\uFE4F')
        or (>= '\uFF01' and <= '\uFF60') or (>= '\uD840' and <= '\uD88F');

    /// <summary>True for a character that a text must not hold, wherever it stands.</summary>
    public static bool IsInvisible(char character) => character switch
    {
        '\n' or '\t' => false,
        < ' ' or (>= '\u007F' and <= '\u009F') or '\u00AD' or '\u034F' or '\u061C' or '\u115F' or '\u1160' or '\u17B4' or '\u17B5' => true,
        (>= '\u180B' and <= '\u180F') or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u206F') => true,
        '\u3164' or '\uFEFF' or '\uFFA0' or (>= '\uFDD0' and <= '\uFDEF') or (>= '\uFFF0' and <= '\uFFFB') or '\uFFFE' or '\uFFFF' => true,
        _ => false,
    };

    private static string Rewrite(string source, int first)
    {
        var buffer = ArrayPool<char>.Shared.Rent(source.Length);
        var length = 0;
        var copied = 0;
        for (var at = first; at >= 0; at = NextSuspect(source, copied))
        {
            source.AsSpan(copied, at - copied).CopyTo(buffer.AsSpan(length));
            length += at - copied;
            var taken = 1;
            var character = source[at];
            if (char.IsHighSurrogate(character) && at + 1 < source.Length && char.IsLowSurrogate(source[at + 1]))
            {
                taken = 2;
                if (!IsInvisiblePair(source, at, buffer.AsSpan(0, length)))
                {
                    buffer[length++] = character;
                    buffer[length++] = source[at + 1];
                }
            }
            else if (character == '\r')
            {
                taken = at + 1 < source.Length && source[at + 1] == '\n' ? 2 : 1;
                buffer[length++] = '\n';
            }
            else if (character is '\u2028' or '\u2029')
            {
                buffer[length++] = '\n';
            }
            else if (character is ZeroWidthJoiner or ZeroWidthNonJoiner && IsJoining(character, buffer.AsSpan(0, length), source.AsSpan(at + 1)))
            {
                buffer[length++] = character;
            }

            copied = at + taken;
        }

        source.AsSpan(copied).CopyTo(buffer.AsSpan(length));
        var clean = new string(buffer, 0, length + source.Length - copied);
        ArrayPool<char>.Shared.Return(buffer);
        return clean;
    }

    private static int NextSuspect(string source, int from)
    {
        while (true)
        {
            var next = source.AsSpan(from).IndexOfAny(Suspects);
            if (next < 0)
            {
                return -1;
            }

            var at = from + next;
            var isPlainPair = char.IsHighSurrogate(source[at]) && at + 1 < source.Length && char.IsLowSurrogate(source[at + 1])
                && source[at] != '\uDB40' && (source[at + 1] & 0x3FE) != 0x3FE;
            if (!isPlainPair)
            {
                return at;
            }

            from = at + 2;
        }
    }

    /// <summary>Tags (the letters of a flag after U+1F3F4), supplementary variation selectors and noncharacters beyond the first plane.</summary>
    private static bool IsInvisiblePair(string source, int at, ReadOnlySpan<char> before)
    {
        var scalar = char.ConvertToUtf32(source[at], source[at + 1]);
        return (scalar & 0xFFFE) == 0xFFFE
            || (scalar is >= 0xE0000 and <= 0xE01EF && !before.EndsWith("\uD83C\uDFF4") && !(before.Length > 1 && before[^2] == '\uDB40'));
    }

    /// <summary>A joiner shapes what is seen only between Arabic or Indic letters; inside emoji it makes one picture of several.</summary>
    private static bool IsJoining(char joiner, ReadOnlySpan<char> before, ReadOnlySpan<char> after)
    {
        if (before.IsEmpty || after.IsEmpty)
        {
            return false;
        }

        if (IsShapedScript(before[^1]) && IsShapedScript(after[0]))
        {
            return true;
        }

        return joiner == ZeroWidthJoiner && IsPictureEnd(before[^1]) && IsPictureStart(after[0]);
    }

    // Arabic and its neighbours up to Mandaic, then the Indic blocks from Devanagari to Sinhala, Arabic presentation forms.
    private static bool IsShapedScript(char character) =>
        character is (>= '\u0600' and <= '\u08FF') or (>= '\u0900' and <= '\u0DFF') or (>= '\uFB50' and <= '\uFDCF') or (>= '\uFE70' and <= '\uFEFC');

    private static bool IsPictureEnd(char character) => char.IsLowSurrogate(character) || character == '\uFE0F' || IsPictureStart(character);

    private static bool IsPictureStart(char character) =>
        char.IsHighSurrogate(character) || char.GetUnicodeCategory(character) == UnicodeCategory.OtherSymbol
        || character is >= '\u2600' and <= '\u27BF';

    private static char[] SuspectCharacters()
    {
        var characters = new List<char>();
        for (var character = 0; character <= char.MaxValue; character++)
        {
            if (char.IsSurrogate((char)character) || IsInvisible((char)character) || character is '\r' or '\u2028' or '\u2029')
            {
                characters.Add((char)character);
            }
        }

        return [.. characters];
    }
}
