using System.Globalization;
using System.Text;

namespace Pipeline.Publishing;

/// <summary>Generated text where GitHub reads meaning into text: names of people, issues, closing words, links, Markdown.</summary>
internal static class PlainWords
{
    // They look the same and mean nothing.
    private const char FullWidthAt = '\uFF20';
    private const char FullWidthHash = '\uFF03';

    /// <summary>One line for a title or a table's cell: nobody is notified, no issue closed, nothing formatted.</summary>
    public static string Line(string text, int longest)
    {
        var line = new StringBuilder();
        foreach (var character in SafeBody.Characters(text))
        {
            line.Append(character switch
            {
                '\n' or '\t' => ' ',
                '@' => FullWidthAt,
                '#' => FullWidthHash,
                '`' => '\'',
                '|' or '<' or '>' or '[' or ']' or '*' or '_' or '~' or '\\' => ' ',
                _ => character,
            });
        }

        var clean = string.Join(' ', line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Replace("GH-", "GH\u2011", StringComparison.OrdinalIgnoreCase)
            .Replace("://", ": //", StringComparison.Ordinal)
            .Replace("www.", "www .", StringComparison.OrdinalIgnoreCase);
        return Cut(clean, longest);
    }

    /// <summary>A text as a block of code, in which GitHub reads nothing.</summary>
    public static string Block(string text, int longest)
    {
        var clean = Cut(SafeBody.Characters(text).Trim('\n'), longest);
        var run = 0;
        var most = 2;
        foreach (var character in clean)
        {
            run = character == '`' ? run + 1 : 0;
            most = Math.Max(most, run);
        }

        var fence = new string('`', most + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{fence}text\n{clean}\n{fence}");
    }

    private static string Cut(string text, int longest)
    {
        if (text.Length <= longest)
        {
            return text;
        }

        var end = longest - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }
}
