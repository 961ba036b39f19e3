using System.Globalization;

namespace Pipeline.Tokenization;

/// <summary>Kinds of characters in UTF-8 text.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] Bytes = [.. Enumerable.Range(0, 256).Select(value => value < 0x80 ? Of(value) : CharacterKind.Longer)];

    // The first plane as a table: nearly all text lies in it, and a category look-up costs three times as much.
    private static readonly CharacterKind[] BasicPlane = [.. Enumerable.Range(0, 0x10000).Select(Of)];

    /// <summary>The kind of each byte that stands alone, <see cref="CharacterKind.Longer"/> for the others; 256 entries.</summary>
    public static ReadOnlySpan<CharacterKind> OfByte => Bytes;

    /// <summary>The kind of the character that starts at <paramref name="start"/> of valid UTF-8, and its length in bytes.</summary>
    public static CharacterKind At(ReadOnlySpan<byte> text, int start, out int length)
    {
        var first = text[start];
        if (first < 0x80)
        {
            length = 1;
            return Bytes[first];
        }

        if (first < 0xE0)
        {
            length = 2;
            return BasicPlane[((first & 0x1F) << 6) | (text[start + 1] & 0x3F)];
        }

        if (first < 0xF0)
        {
            length = 3;
            return BasicPlane[((first & 0x0F) << 12) | ((text[start + 1] & 0x3F) << 6) | (text[start + 2] & 0x3F)];
        }

        length = 4;
        return Of(((first & 0x07) << 18) | ((text[start + 1] & 0x3F) << 12) | ((text[start + 2] & 0x3F) << 6) | (text[start + 3] & 0x3F));
    }

    private static CharacterKind Of(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => CharacterKind.Space,
        _ => codePoint is (>= '\t' and <= '\r') or 0x85 ? CharacterKind.Space : CharacterKind.Other,
    };
}
