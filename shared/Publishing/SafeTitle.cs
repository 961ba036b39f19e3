using System.Text;

namespace Pipeline.Publishing;

/// <summary>Makes a title of generated text: one line without markup, since themes print titles unescaped.</summary>
public static class SafeTitle
{
    private const int MaxLength = 120;

    /// <summary>The title, at most 120 characters; empty if nothing is left.</summary>
    public static string Clean(string text)
    {
        var line = SafeBody.Characters(MarkdownText.OfHtml(SafeBody.Characters(text)));
        var title = new StringBuilder(line.Length);
        foreach (var character in line)
        {
            var kept = character is '\n' or '\t' ? ' ' : character;
            if (kept is '<' or '>' or '{' or '}' or '`' || (kept == ' ' && (title.Length == 0 || title[^1] == ' ')))
            {
                continue;
            }

            title.Append(kept);
        }

        return Shorten(title.ToString().TrimStart('#', ' ').Trim(' ', '*', '"')).Trim();
    }

    private static string Shorten(string title)
    {
        if (title.Length <= MaxLength)
        {
            return title;
        }

        var blank = title.LastIndexOf(' ', MaxLength);
        var cut = blank > MaxLength / 2 ? blank : MaxLength;
        return title[..(char.IsHighSurrogate(title[cut - 1]) ? cut - 1 : cut)];
    }
}
