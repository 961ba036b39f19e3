using System.Buffers;

namespace Pipeline.Posts.Text;

/// <summary>A start or end tag as it stands in a text.</summary>
internal readonly ref struct HtmlTag
{
    // Bounds the work on quotes that never match; a real tag has far fewer.
    private const int MostQuotes = 200;

    private static readonly SearchValues<char> Special = SearchValues.Create("<>\"'");

    private HtmlTag(ReadOnlySpan<char> name, ReadOnlySpan<char> attributes, int length, bool isEnd, bool isSelfClosed)
    {
        Name = name;
        Attributes = attributes;
        Length = length;
        IsEnd = isEnd;
        IsSelfClosed = isSelfClosed;
        Kind = HtmlElements.KindOf(name);
    }

    /// <summary>The element's name as written.</summary>
    public ReadOnlySpan<char> Name { get; }

    /// <summary>What stands between the name and the end of the tag.</summary>
    public ReadOnlySpan<char> Attributes { get; }

    /// <summary>Characters from <c>&lt;</c> to <c>&gt;</c>, both included.</summary>
    public int Length { get; }

    public bool IsEnd { get; }

    public bool IsSelfClosed { get; }

    public HtmlElementKind Kind { get; }

    /// <summary>Whether kramdown reads the inside as Markdown.</summary>
    public bool AsksForMarkdown
    {
        get
        {
            var at = Attributes.IndexOf("markdown", StringComparison.OrdinalIgnoreCase);
            if (IsEnd || at < 0 || (at > 0 && !char.IsWhiteSpace(Attributes[at - 1])))
            {
                return false;
            }

            var value = Attributes[(at + 8)..].TrimStart();
            if (!value.StartsWith('='))
            {
                return false;
            }

            value = value[1..].TrimStart().TrimStart("\"'");
            return value.StartsWith('1') || value.StartsWith("block", StringComparison.OrdinalIgnoreCase) || value.StartsWith("span", StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Reads the tag at the start of <paramref name="text"/>, which begins with <c>&lt;</c>.</summary>
    /// <returns>False if no tag stands there; then the character is text.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out HtmlTag tag)
    {
        tag = default;
        var isEnd = text.Length > 1 && text[1] == '/';
        var start = isEnd ? 2 : 1;
        if (start >= text.Length || !char.IsAsciiLetter(text[start]))
        {
            return false;
        }

        var nameEnd = start + 1;
        while (nameEnd < text.Length && (char.IsAsciiLetterOrDigit(text[nameEnd]) || text[nameEnd] is '-' or ':' or '_'))
        {
            nameEnd++;
        }

        if (nameEnd < text.Length && !(char.IsWhiteSpace(text[nameEnd]) || text[nameEnd] is '>' or '/'))
        {
            return false;
        }

        var end = FindEnd(text, nameEnd);
        if (end < 0)
        {
            return false;
        }

        var attributes = text[nameEnd..end];
        var isSelfClosed = attributes.EndsWith('/');
        tag = new HtmlTag(text[start..nameEnd], isSelfClosed ? attributes[..^1] : attributes, end + 1, isEnd, isSelfClosed);
        return true;
    }

    /// <summary>The position of the next end tag of the element, or -1.</summary>
    public static int FindEndTag(ReadOnlySpan<char> text, ReadOnlySpan<char> name)
    {
        for (var from = 0; ;)
        {
            var next = text[from..].IndexOf("</");
            if (next < 0)
            {
                return -1;
            }

            var at = from + next;
            var rest = text[(at + 2)..];
            if (rest.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (rest.Length == name.Length || !char.IsAsciiLetterOrDigit(rest[name.Length])))
            {
                return at;
            }

            from = at + 2;
        }
    }

    private static int FindEnd(ReadOnlySpan<char> text, int from)
    {
        for (var quotes = 0; quotes < MostQuotes; quotes++)
        {
            var next = text[from..].IndexOfAny(Special);
            if (next < 0 || text[from + next] == '<')
            {
                return -1;
            }

            if (text[from + next] == '>')
            {
                return from + next;
            }

            // A quote begins a value only after "="; an apostrophe elsewhere is a stray character.
            var quote = from + next;
            from = quote + 1;
            if (text[..quote].TrimEnd().EndsWith('='))
            {
                var close = text[from..].IndexOf(text[quote]);
                if (close < 0)
                {
                    return -1;
                }

                from += close + 1;
            }
        }

        return -1;
    }
}
