using Markdig.Parsers;

namespace Pipeline.Posts.Text;

/// <summary>kramdown's own lines: attribute lists <c>{: .x}</c>, <c>{:toc}</c>, and extensions such as <c>{::comment}</c>.</summary>
internal sealed class AttributeListParser : ExtentParser
{
    public AttributeListParser() => OpeningCharacters = ['{'];

    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent || processor.PeekChar(1) != ':')
        {
            return BlockState.None;
        }

        var line = processor.Line.AsSpan().TrimEnd();
        if (line.StartsWith("{::comment}") || line.StartsWith("{::nomarkdown}"))
        {
            return OpenExtension(processor, line);
        }

        if (!IsAttributeLists(line))
        {
            return BlockState.None;
        }

        // A block and not just a discarded line: the list beside {:toc} must be found later.
        return Open(processor, IsTableOfContents(line) ? ExtentKind.TableOfContents : ExtentKind.Dropped, processor.Start + 1);
    }

    private BlockState OpenExtension(BlockProcessor processor, ReadOnlySpan<char> line)
    {
        var source = processor.Line.Text;
        var context = PostContext.Of(processor);
        var start = processor.Start;
        if (start > context.LastExtensionEnd)
        {
            context.Warnings.AddAt(source, start, $"kramdown: '{line[..(line.IndexOf('}') + 1)]}'", "has no end; the mark was dropped");
            return IsAttributeLists(line) ? Open(processor, ExtentKind.Dropped, start + 1) : BlockState.None;
        }

        var mark = source.IndexOf("{:/", start, StringComparison.Ordinal);
        var close = source.IndexOf('}', mark);
        if (mark < 0 || close < 0 || (close < processor.Line.End && !IsBlankToLineEnd(source, close + 1)))
        {
            return BlockState.None;
        }

        return Open(processor, line.StartsWith("{::comment}") ? ExtentKind.Dropped : ExtentKind.NoMarkdown, close + 1);
    }

    /// <summary>Whether the line holds attribute lists and nothing else.</summary>
    private static bool IsAttributeLists(ReadOnlySpan<char> line)
    {
        while (line.StartsWith("{:"))
        {
            var close = line.IndexOf('}');
            while (close > 0 && line[close - 1] == '\\')
            {
                var next = line[(close + 1)..].IndexOf('}');
                close = next < 0 ? -1 : close + 1 + next;
            }

            if (close < 0)
            {
                return false;
            }

            line = line[(close + 1)..].TrimStart();
        }

        return line.IsEmpty;
    }

    private static bool IsTableOfContents(ReadOnlySpan<char> line)
    {
        var words = line[2..].TrimStart();
        return words.StartsWith("toc") && (words.Length == 3 || !(char.IsLetterOrDigit(words[3]) || words[3] is '_' or '-'));
    }
}
