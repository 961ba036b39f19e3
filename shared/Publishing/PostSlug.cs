using System.Text;

namespace Pipeline.Publishing;

/// <summary>The part of a post's file name that tells its title: lower-case ASCII letters and digits with single hyphens.</summary>
public static class PostSlug
{
    private const int MaxLength = 60;

    /// <summary>The slug of a title; accents are dropped, and a title without a Latin letter or a digit gives <c>post</c>.</summary>
    public static string Of(string title)
    {
        var slug = new StringBuilder(title.Length);
        foreach (var rune in title.EnumerateRunes())
        {
            // An apostrophe stands within a word: "don't" is one.
            if (rune.Value is '\'' or '’')
            {
                continue;
            }

            var letters = Latin(rune);
            if (letters.Length > 0)
            {
                slug.Append(letters);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        var text = slug.ToString().TrimEnd('-');
        if (text.Length > MaxLength)
        {
            var hyphen = text.LastIndexOf('-', MaxLength);
            text = text[..(hyphen > MaxLength / 2 ? hyphen : MaxLength)].TrimEnd('-');
        }

        return text.Length > 0 ? text : "post";
    }

    private static string Latin(Rune rune) => rune.Value switch
    {
        < 128 => Rune.IsLetterOrDigit(rune) ? char.ToLowerInvariant((char)rune.Value).ToString() : "",
        'ä' or 'Ä' or 'æ' or 'Æ' => "ae",
        'ö' or 'Ö' or 'œ' or 'Œ' => "oe",
        'ü' or 'Ü' => "ue",
        'ß' or 'ẞ' => "ss",
        'ø' or 'Ø' => "o",
        'å' or 'Å' => "a",
        'ł' or 'Ł' => "l",
        'đ' or 'Đ' or 'ð' or 'Ð' => "d",
        'þ' or 'Þ' => "th",
        'ı' => "i",
        _ => Base(rune),
    };

    // A letter with marks is, taken apart, the letter and then the marks.
    private static string Base(Rune rune) =>
        rune.ToString().Normalize(NormalizationForm.FormD) is [var first, ..] && char.IsAsciiLetterOrDigit(first) ? char.ToLowerInvariant(first).ToString() : "";
}
