using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pipeline.Posts;

/// <summary>
/// Brings a source text to plain characters: line feeds only, one kind of blank, nothing that cannot be seen.
/// </summary>
internal static class CharacterCleaner
{
    private const char ZeroWidthNonJoiner = '\u200C';
    private const char ZeroWidthJoiner = '\u200D';
    private const char CombiningGraphemeJoiner = '\u034F';

    private static readonly SearchValues<char> Controls = SearchValues.Create(FindSuspects(controlsOnly: true));
    private static readonly SearchValues<char> Suspects = SearchValues.Create(FindSuspects(controlsOnly: false));

    /// <summary>
    /// A file's text with line feeds only and without control characters. Blanks of other kinds stay: four of them at the start of
    /// a line would become code if they were made plain before the markup is read.
    /// </summary>
    public static string CleanSource(string text) => Clean(text, Controls);

    /// <summary>A field's text with plain blanks and without invisible characters; the same instance if there was nothing to do.</summary>
    public static string CleanField(string text) => Clean(text, Suspects);

    private static string Clean(string text, SearchValues<char> suspects)
    {
        var first = text.AsSpan().IndexOfAny(suspects);
        if (first < 0)
        {
            return text;
        }

        var builder = new StringBuilder(text.Length);
        var start = 0;
        for (var index = first; index < text.Length;)
        {
            builder.Append(text, start, index - start);
            Append(builder, text, index);
            start = index + 1;
            var next = text.AsSpan(start).IndexOfAny(suspects);
            index = next < 0 ? text.Length : start + next;
        }

        return builder.Append(text, start, text.Length - start).ToString();
    }

    private static void Append(StringBuilder builder, string text, int index)
    {
        var character = text[index];
        switch (character)
        {
            case '\r':
                // A carriage return alone was the line end of old Macs.
                if (index + 1 >= text.Length || text[index + 1] != '\n')
                {
                    builder.Append('\n');
                }

                break;
            case '\u2028' or '\u2029' or '\u0085':
                builder.Append('\n');
                break;
            case ZeroWidthJoiner or ZeroWidthNonJoiner:
                if (Joins(text, index))
                {
                    builder.Append(character);
                }

                break;
            default:
                if (char.GetUnicodeCategory(character) == UnicodeCategory.SpaceSeparator)
                {
                    builder.Append(' ');
                }

                break;
        }
    }

    // The joiner makes one emoji of several; both joiners spell words in the scripts of Arabia, India and their neighbours.
    private static bool Joins(string text, int index)
    {
        if (index == 0 || index + 1 >= text.Length)
        {
            return false;
        }

        Rune.DecodeLastFromUtf16(text.AsSpan(0, index), out var before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(index + 1), out var after, out _);
        return (text[index] == ZeroWidthJoiner && IsPictograph(before) && IsPictograph(after)) || (IsJoiningScript(before) && IsJoiningScript(after));
    }

    private static bool IsPictograph(Rune rune) => rune.Value is >= 0x1F000 or (>= 0x2190 and <= 0x2BFF) or 0xFE0F or 0xE007F;

    // Arabic to Sinhala (0600-0DFF), Myanmar, Khmer, Mongolian, and the Arabic presentation forms.
    private static bool IsJoiningScript(Rune rune) =>
        rune.Value is (>= 0x0600 and <= 0x0DFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x18AF) or (>= 0xFB50 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC);

    private static char[] FindSuspects(bool controlsOnly)
    {
        var suspects = new List<char>();
        for (var code = 0; code <= char.MaxValue; code++)
        {
            var character = (char)code;
            var suspect = char.GetUnicodeCategory(character) switch
            {
                UnicodeCategory.Control => character is not ('\t' or '\n'),
                _ when controlsOnly => false,
                UnicodeCategory.SpaceSeparator => character != ' ',
                UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
                // Among the format characters are also signs of the Arabic and Kaithi scripts that can be seen, and the marks of direction.
                UnicodeCategory.Format => !(character is (>= '\u0600' and <= '\u0605') or '\u06DD' or '\u070F' or '\u08E2' or '\u0890' or '\u0891'),
                _ => character is CombiningGraphemeJoiner,
            };
            if (suspect)
            {
                suspects.Add(character);
            }
        }

        return [.. suspects];
    }
}
