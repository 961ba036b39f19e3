using System.Globalization;
using System.Text;
using Markdig;

namespace Pipeline.Publishing;

/// <summary>
/// Turns generated text into Markdown that is harmless in a blog: the text is parsed and written anew with only the constructs
/// that this class knows, everything else as escaped text. The result holds no Liquid at all, so it stays text under a Jekyll that
/// ignores <c>render_with_liquid: false</c>; no HTML but our own <c>pre</c> and <c>code</c>; and links only to hosts that the blog uses.
/// </summary>
public static class SafeBody
{
    /// <summary>Characters that a body may have; a longer text is cut at a line. The tree of a text takes up to 40 times its length.</summary>
    public const int MaxCharacters = 400_000;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    /// <summary>The harmless form of <paramref name="text"/>: Markdown with line feeds, ending in one, or empty if nothing is left.</summary>
    /// <param name="text">Anything: plain text, Markdown, garbage.</param>
    /// <param name="hosts">Host names, lower case, that links may lead to; other links keep only their text.</param>
    public static string Clean(string text, IReadOnlySet<string> hosts)
    {
        var source = Cut(Characters(text));
        var writer = new SafeMarkdownWriter(hosts);
        string body;
        try
        {
            body = writer.Write(Markdown.Parse(source, Pipeline));
        }
        catch (ArgumentException)
        {
            // Markdig and the writer refuse Markdown that is nested too deep; such text has no structure worth keeping.
            body = writer.WritePlain(source);
        }

        return body.Length == 0 ? "" : body + "\n";
    }

    /// <summary>
    /// <paramref name="text"/> with line feeds only and without what nobody can see or a file cannot hold: control characters, marks that
    /// turn the direction of writing, byte order marks, lone surrogates.
    /// </summary>
    public static string Characters(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            if (char.IsHighSurrogate(character) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
            {
                clean.Append(character).Append(text[++index]);
            }
            else if (character == '\r')
            {
                clean.Append(index + 1 < text.Length && text[index + 1] == '\n' ? "" : "\n");
            }
            else if (character is '\u2028' or '\u2029')
            {
                clean.Append('\n');
            }
            else if (character is '\n' or '\t' || !IsInvisible(character))
            {
                clean.Append(character);
            }
        }

        return clean.ToString();
    }

    private static bool IsInvisible(char character) =>
        char.IsControl(character)
        || char.IsSurrogate(character)
        || character is '\uFEFF' or '\u00AD' or '\u200B' or '\u2060' or '\uFFFE' or '\uFFFF' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')
        || CharUnicodeInfo.GetUnicodeCategory(character) == UnicodeCategory.OtherNotAssigned;

    private static string Cut(string text)
    {
        if (text.Length <= MaxCharacters)
        {
            return text;
        }

        var line = text.LastIndexOf('\n', MaxCharacters);
        return text[..(line > 0 ? line : char.IsHighSurrogate(text[MaxCharacters - 1]) ? MaxCharacters - 1 : MaxCharacters)];
    }
}
