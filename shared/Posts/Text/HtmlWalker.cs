using System.Buffers;

namespace Pipeline.Posts.Text;

/// <summary>Reads HTML from start to end, once, and writes its text; broken HTML is read as well as it goes.</summary>
internal sealed class HtmlWalker(PlainTextWriter writer, CodeWriter code, LiquidRemover liquid)
{
    private static readonly SearchValues<char> Special = SearchValues.Create(['<', '&', TextCharacters.CodeToken, TextCharacters.LiteralToken]);

    private readonly HtmlLists lists = new(writer);
    private readonly HashSet<string> withoutEnd = new(StringComparer.OrdinalIgnoreCase);
    private bool hasCommentEnd;

    /// <summary>The excerpt separator of the site or post, if any.</summary>
    public string? ExcerptSeparator { get; set; }

    /// <summary>Whether images leave their alternative text.</summary>
    public bool KeepsImageText { get; set; }

    /// <summary>Writes the inside of an element with <c>markdown="1"</c>; null where the source is HTML alone.</summary>
    public Action<string>? Markdown { get; set; }

    /// <summary>Forgets what was left open.</summary>
    public void Reset() => lists.Clear();

    /// <summary>Writes the text of a piece of HTML; lists left open are closed.</summary>
    public void Write(ReadOnlySpan<char> html)
    {
        withoutEnd.Clear();
        hasCommentEnd = true;
        var outerLists = lists.Count;
        while (true)
        {
            var next = html.IndexOfAny(Special);
            if (next < 0)
            {
                writer.Flow(html);
                break;
            }

            writer.Flow(html[..next]);
            html = html[next..];
            html = html[Step(html)..];
        }

        while (lists.Count > outerLists)
        {
            lists.Close();
        }
    }

    /// <summary>Whether a comment (its inside, without the delimiters) separates the excerpt from the rest.</summary>
    public bool IsSeparator(ReadOnlySpan<char> comment)
    {
        comment = comment.Trim();
        return comment is "more" or "cut" or "excerpt" or "readmore" or "read more" or "end excerpt" or "excerpt-end" or "break"
            || (ExcerptSeparator is not null && ExcerptSeparator.Trim() is { Length: > 7 } separator
                && separator.StartsWith("<!--", StringComparison.Ordinal) && separator.EndsWith("-->", StringComparison.Ordinal)
                && comment.SequenceEqual(separator.AsSpan(4, separator.Length - 7).Trim()));
    }

    /// <summary>What a single tag does to the text around it, where its element is not looked at as a whole.</summary>
    public void WriteTag(in HtmlTag tag)
    {
        switch (tag.Kind)
        {
            case HtmlElementKind.Line:
                writer.LineBreak();
                break;
            case HtmlElementKind.Paragraph or HtmlElementKind.Rule or HtmlElementKind.Code:
                writer.ParagraphBreak();
                break;
            case HtmlElementKind.List:
                writer.LineBreak();
                break;
            case HtmlElementKind.Item:
                writer.LineBreak();
                break;
            case HtmlElementKind.Cell:
                if (!tag.IsEnd)
                {
                    writer.Separator();
                }

                break;
            case HtmlElementKind.Break:
                writer.ForcedBreak();
                break;
            case HtmlElementKind.Void when KeepsImageText && tag.Name.Equals("img", StringComparison.OrdinalIgnoreCase):
                writer.Flow(liquid.Expand(AlternativeText(tag.Attributes)));
                break;
            default:
                break;
        }
    }

    /// <summary>Writes what the text begins with and gives its length.</summary>
    private int Step(ReadOnlySpan<char> html)
    {
        switch (html[0])
        {
            case TextCharacters.CodeToken:
                code.Block(liquid.Stashed(html));
                return Math.Min(LiquidRemover.TokenLength, html.Length);
            case TextCharacters.LiteralToken:
                writer.Flow(liquid.Stashed(html));
                return Math.Min(LiquidRemover.TokenLength, html.Length);
            case '&':
                return WriteReference(html);
            default:
                break;
        }

        if (html.Length > 1 && html[1] is '!' or '?')
        {
            return SkipDeclaration(html);
        }

        if (!HtmlTag.TryParse(html, out var tag))
        {
            writer.Character('<');
            return 1;
        }

        return tag.Kind switch
        {
            HtmlElementKind.List => lists.WriteList(tag),
            HtmlElementKind.Item => lists.WriteItem(tag),
            _ when tag.IsEnd || tag.IsSelfClosed => WriteAndSkip(tag),
            HtmlElementKind.Dropped or HtmlElementKind.DroppedRaw => SkipElement(html, tag),
            HtmlElementKind.Code => WritePreformatted(html, tag),
            _ when Markdown is not null && tag.AsksForMarkdown => WriteMarkdown(html, tag),
            _ => WriteAndSkip(tag),
        };
    }

    private int WriteAndSkip(in HtmlTag tag)
    {
        WriteTag(tag);
        return tag.Length;
    }

    private int WriteReference(ReadOnlySpan<char> html)
    {
        var length = CharacterReference.Read(html, out var decoded);
        if (length == 0)
        {
            writer.Character('&');
            return 1;
        }

        writer.Text(decoded);
        return length;
    }

    private int SkipDeclaration(ReadOnlySpan<char> html)
    {
        if (html.StartsWith("<!--"))
        {
            var end = hasCommentEnd ? html[4..].IndexOf("-->") : -1;
            if (end < 0)
            {
                hasCommentEnd = false;
                return 4;
            }

            if (IsSeparator(html.Slice(4, end)))
            {
                writer.ParagraphBreak();
            }

            return 4 + end + 3;
        }

        // A declaration or processing instruction is short; anything else that begins so is text.
        var window = html[..Math.Min(html.Length, 1000)];
        var close = window.IndexOf('>');
        if (close < 0)
        {
            writer.Character('<');
            return 1;
        }

        return close + 1;
    }

    private int SkipElement(ReadOnlySpan<char> html, in HtmlTag tag)
    {
        var end = EndOf(html, tag);
        if (end >= 0)
        {
            return end;
        }

        // Browsers read a script or style without an end to the end of the page.
        return tag.Name.Equals("script", StringComparison.OrdinalIgnoreCase) || tag.Name.Equals("style", StringComparison.OrdinalIgnoreCase)
            ? html.Length
            : tag.Length;
    }

    /// <summary>The position behind the element's end tag, elements of the same name nested, or -1 if it has none.</summary>
    private int EndOf(ReadOnlySpan<char> html, in HtmlTag tag)
    {
        var name = tag.Name.ToString();
        if (withoutEnd.Contains(name))
        {
            return -1;
        }

        var nests = tag.Kind != HtmlElementKind.DroppedRaw;
        var depth = 1;
        var from = tag.Length;
        while (true)
        {
            var next = html[from..].IndexOf('<');
            if (next < 0)
            {
                withoutEnd.Add(name);
                return -1;
            }

            from += next;
            var rest = html[from..];
            var isEnd = rest.Length > 1 && rest[1] == '/';
            var after = rest[(isEnd ? 2 : 1)..];
            if (after.StartsWith(name, StringComparison.OrdinalIgnoreCase) && !(after.Length > name.Length && char.IsAsciiLetterOrDigit(after[name.Length])))
            {
                depth += isEnd ? -1 : nests ? 1 : 0;
                if (depth == 0)
                {
                    var close = after.IndexOf('>');
                    return close < 0 ? html.Length : html.Length - after.Length + close + 1;
                }
            }

            from++;
        }
    }

    private int WritePreformatted(ReadOnlySpan<char> html, in HtmlTag tag)
    {
        var end = withoutEnd.Contains("pre") ? -1 : HtmlTag.FindEndTag(html[tag.Length..], tag.Name);
        if (end < 0)
        {
            withoutEnd.Add("pre");
            return WriteAndSkip(tag);
        }

        code.Block(HtmlPreformatted.Decode(html.Slice(tag.Length, end)));
        var rest = html[(tag.Length + end)..];
        var close = rest.IndexOf('>');
        return close < 0 ? html.Length : tag.Length + end + close + 1;
    }

    private int WriteMarkdown(ReadOnlySpan<char> html, in HtmlTag tag)
    {
        WriteTag(tag);
        var end = EndOf(html, tag);
        if (end < 0)
        {
            return tag.Length;
        }

        var inside = html[tag.Length..end];
        inside = inside[..Math.Max(inside.LastIndexOf("</"), 0)];
        Markdown?.Invoke(inside.ToString());
        WriteTag(tag);
        return end;
    }

    private static ReadOnlySpan<char> AlternativeText(ReadOnlySpan<char> attributes)
    {
        var at = attributes.IndexOf("alt=", StringComparison.OrdinalIgnoreCase);
        if (at < 0 || at + 5 >= attributes.Length)
        {
            return [];
        }

        var value = attributes[(at + 4)..];
        var close = value[1..].IndexOf(value[0]);
        return value[0] is '"' or '\'' && close >= 0 ? value.Slice(1, close) : [];
    }
}
