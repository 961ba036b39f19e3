using System.Collections.Frozen;

namespace Pipeline.Publishing;

/// <summary>Finds the ends of HTML tags and elements in text that may be broken; no tree is built, since nothing of it is kept.</summary>
internal static class HtmlTag
{
    private static readonly FrozenSet<string> Hidden = FrozenSet.ToFrozenSet(
        ["script", "style", "iframe", "object", "embed", "applet", "svg", "math", "noscript", "noembed", "noframes", "template", "textarea", "title", "xmp", "video", "audio", "form", "select", "canvas", "!--"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Lines = FrozenSet.ToFrozenSet(
        ["p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "dt", "dd", "hr", "pre", "table", "ul", "ol", "section", "article"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The name of the tag whose <c>&lt;</c> stands at <paramref name="index"/>, without a slash; <c>!--</c> for a comment.</summary>
    public static string NameAt(string html, int index)
    {
        if (string.CompareOrdinal(html, index, "<!--", 0, 4) == 0)
        {
            return "!--";
        }

        var start = index + 1;
        if (start < html.Length && html[start] == '/')
        {
            start++;
        }

        var end = start;
        while (end < html.Length && (char.IsAsciiLetterOrDigit(html[end]) || html[end] is '-' or ':'))
        {
            end++;
        }

        return html[start..end];
    }

    /// <summary>Whether what stands between this element's tags is no text of the page.</summary>
    public static bool HidesContent(string name) => Hidden.Contains(name);

    /// <summary>Whether a browser begins a new line here.</summary>
    public static bool EndsLine(string name) => Lines.Contains(name);

    /// <summary>The index behind the tag that begins at <paramref name="index"/>; the end of the text if it is never closed.</summary>
    public static int EndOfTag(string html, int index)
    {
        var quote = '\0';
        for (index++; index < html.Length; index++)
        {
            var character = html[index];
            if (quote != '\0')
            {
                quote = character == quote ? '\0' : quote;
            }
            else if (character is '"' or '\'')
            {
                quote = character;
            }
            else if (character == '>')
            {
                return index + 1;
            }
        }

        return html.Length;
    }

    /// <summary>The index behind the whole element that begins at <paramref name="index"/>; the end of the text if it is never closed.</summary>
    public static int EndOfElement(string html, int index, string name)
    {
        var (end, length) = name == "!--"
            ? (html.IndexOf("-->", index + 4, StringComparison.Ordinal), 3)
            : (html.IndexOf("</" + name, index, StringComparison.OrdinalIgnoreCase), 0);
        if (end < 0)
        {
            return html.Length;
        }

        return length > 0 ? end + length : EndOfTag(html, end);
    }
}
