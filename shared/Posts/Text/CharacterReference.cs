using System.Globalization;
using Markdig.Helpers;

namespace Pipeline.Posts.Text;

/// <summary>Character references such as <c>&amp;amp;</c> and <c>&amp;#8211;</c>.</summary>
internal static class CharacterReference
{
    // The longest name, CounterClockwiseContourIntegral, has 31 letters.
    private const int MostCharacters = 40;

    /// <summary>The length of the reference at the start of the text, or 0 if none stands there.</summary>
    /// <param name="text">Begins with <c>&amp;</c>.</param>
    /// <param name="decoded">What it means; empty if that is nothing anyone sees.</param>
    public static int Read(ReadOnlySpan<char> text, out string decoded)
    {
        decoded = "";
        var window = text[..Math.Min(text.Length, MostCharacters)];
        var end = window.IndexOf(';');
        if (end < 2)
        {
            return 0;
        }

        var name = window[1..end];
        if (name[0] != '#')
        {
            if (EntityHelper.DecodeEntity(name) is not { } entity)
            {
                return 0;
            }

            decoded = Visible(entity);
            return end + 1;
        }

        var isHexadecimal = name.Length > 1 && name[1] is 'x' or 'X';
        var digits = name[(isHexadecimal ? 2 : 1)..];
        if (!uint.TryParse(digits, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var scalar))
        {
            return 0;
        }

        decoded = System.Text.Rune.IsValid(scalar) ? Visible(new System.Text.Rune(scalar).ToString()) : "";
        return end + 1;
    }

    private static string Visible(string decoded)
    {
        if (decoded.Length != 1)
        {
            return TextCharacters.RemoveInvisible(decoded);
        }

        var character = decoded[0];
        return char.IsWhiteSpace(character) ? " " : TextCharacters.IsInvisible(character) ? "" : decoded;
    }
}
