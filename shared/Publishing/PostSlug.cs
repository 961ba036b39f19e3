using System.Text;

namespace Pipeline.Publishing;

/// <summary>The part of a post's file name that tells its title: lower-case ASCII letters and digits with single hyphens.</summary>
public static class PostSlug
{
    private const int MaxLength = 60;

    // The small letters of Unicode's blocks Latin-1 Supplement and Latin Extended-A, with the letters that people write in their place.
    private static readonly (string Base, string Forms)[] Accented =
    [
        ("a", "àáâãåāăą"), ("ae", "äæ"), ("c", "çćĉċč"), ("d", "ðďđ"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"), ("h", "ĥħ"), ("i", "ìíîïĩīĭįı"), ("ij", "ĳ"), ("j", "ĵ"),
        ("k", "ķĸ"), ("l", "ĺļľŀł"), ("n", "ñńņňŉŋ"), ("o", "òóôõøōŏő"), ("oe", "öœ"), ("r", "ŕŗř"), ("s", "śŝşšſș"), ("ss", "ß"), ("t", "ţťŧț"), ("th", "þ"),
        ("u", "ùúûũūŭůűų"), ("ue", "ü"), ("w", "ŵ"), ("y", "ýÿŷ"), ("z", "źżž"),
    ];

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

    private static string Latin(Rune rune)
    {
        if (rune.IsAscii)
        {
            return Rune.IsLetterOrDigit(rune) ? char.ToLowerInvariant((char)rune.Value).ToString() : "";
        }

        return Array.Find(Accented, letter => letter.Forms.Contains(Rune.ToLowerInvariant(rune).ToString(), StringComparison.Ordinal)).Base ?? "";
    }
}
