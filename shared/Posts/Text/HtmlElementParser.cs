using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>
/// HTML at the start of a line. Unlike CommonMark's, a block reaches to the end tag of its element, blank lines or not, and its inside is
/// Markdown only where <c>markdown="1"</c> says so.
/// </summary>
internal sealed class HtmlElementParser : ExtentParser
{
    public HtmlElementParser() => OpeningCharacters = ['<'];

    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent)
        {
            return BlockState.None;
        }

        var source = processor.Line.Text;
        var start = processor.Start;
        var rest = source.AsSpan(start);
        if (rest.StartsWith("<!--"))
        {
            return OpenComment(processor, source, start);
        }

        if (!HtmlTag.TryParse(rest, out var tag) || !HtmlElements.IsBlock(tag.Kind))
        {
            return BlockState.None;
        }

        var tagEnd = start + tag.Length;
        var isAlone = IsBlankToLineEnd(source, tagEnd);
        var end = tag.IsEnd || tag.AsksForMarkdown ? -1 : PostContext.Of(processor).Extents.EndOf(start);
        if (end >= 0 && (tag.Kind != HtmlElementKind.Unknown || isAlone || !tag.IsSelfClosed))
        {
            return Open(processor, ExtentKind.Html, EndWithNeighbours(processor, source, end));
        }

        // A lone tag on its line leaves nothing; with text behind it, it is part of a paragraph.
        return isAlone && tag.Kind != HtmlElementKind.Unknown
            ? Open(processor, ExtentKind.Html, EndWithNeighbours(processor, source, tagEnd))
            : BlockState.None;
    }

    private BlockState OpenComment(BlockProcessor processor, string source, int start)
    {
        if (start > PostContext.Of(processor).LastCommentEnd)
        {
            return BlockState.None;
        }

        var end = source.IndexOf("-->", start + 4, StringComparison.Ordinal) + 3;
        if (end < 3)
        {
            return BlockState.None;
        }

        // Within a line a comment belongs to the paragraph.
        var isInLine = end <= processor.Line.End + 1;
        return isInLine && (processor.CurrentBlock is ParagraphBlock || !IsBlankToLineEnd(source, end))
            ? BlockState.None
            : Open(processor, ExtentKind.Html, end);
    }

    /// <summary>Elements that follow with no blank line between belong to the same block, however far they are indented.</summary>
    private static int EndWithNeighbours(BlockProcessor processor, string source, int end)
    {
        while (true)
        {
            var next = end;
            for (var lineEnds = 0; next < source.Length && (source[next] is ' ' or '\t' || (source[next] == '\n' && lineEnds++ == 0)); next++)
            {
            }

            var more = next < source.Length && source[next] == '<' ? PostContext.Of(processor).Extents.EndOf(next) : -1;
            if (more < 0)
            {
                return end;
            }

            end = more;
        }
    }
}
