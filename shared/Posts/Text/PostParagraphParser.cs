using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>A paragraph or a heading that is underlined.</summary>
internal sealed class PostParagraph : ParagraphBlock
{
    public PostParagraph(BlockParser parser)
        : base(parser) => ProcessInlines = false;

    /// <summary>Whether a line of <c>=</c> or <c>-</c> follows.</summary>
    public bool IsHeading { get; set; }

    /// <summary>Lines at the start that are link definitions and no text.</summary>
    public int DefinitionLines { get; set; }

    /// <summary>Whether anything but link definitions is in it.</summary>
    public bool HasText => DefinitionLines < Lines.Count;
}

/// <summary>Paragraphs, underlined headings, and the link definitions that begin like a paragraph.</summary>
internal sealed class PostParagraphParser : ParagraphBlockParser
{
    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsBlankLine)
        {
            return BlockState.None;
        }

        processor.NewBlocks.Push(new PostParagraph(this) { Column = processor.Column });
        return BlockState.Continue;
    }

    /// <inheritdoc />
    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        if (processor.IsBlankLine)
        {
            return BlockState.BreakDiscard;
        }

        if (!processor.IsCodeIndent && IsUnderline(processor.Line.AsSpan())
            && (!processor.IsLazy || block.Column == processor.Column || block.Parent is not (QuoteBlock or ListItemBlock)))
        {
            ((PostParagraph)block).IsHeading = true;
            processor.Close(block);
            return BlockState.BreakDiscard;
        }

        return BlockState.Continue;
    }

    /// <inheritdoc />
    public override bool Close(BlockProcessor processor, Block block)
    {
        var paragraph = (PostParagraph)block;
        var lines = paragraph.Lines.Lines;
        var count = 0;
        while (count < paragraph.Lines.Count)
        {
            var line = lines[count].Slice.AsSpan().Trim();
            if (!line.StartsWith('[') || !InlineLinks.TryLabel(line, 0, out var label, out var end)
                || label.IsEmpty || label[0] == '^' || end >= line.Length || line[end] != ':')
            {
                break;
            }

            var used = 1;
            var isInLine = !line[(end + 1)..].IsWhiteSpace();
            if (!isInLine)
            {
                if (count + 1 == paragraph.Lines.Count || lines[count + 1].Slice.AsSpan().Trim().ContainsAny(" \t"))
                {
                    break;
                }

                used = 2;
            }

            PostContext.Of(processor).References.Define(label);
            count += used;
            if (count < paragraph.Lines.Count && IsTitle(lines[count].Slice.AsSpan().Trim()))
            {
                count++;
            }
        }

        paragraph.DefinitionLines = count;
        return true;
    }

    private static bool IsUnderline(ReadOnlySpan<char> line)
    {
        line = line.TrimEnd();
        return !line.IsEmpty && line[0] is '=' or '-' && !line.ContainsAnyExcept(line[0]);
    }

    private static bool IsTitle(ReadOnlySpan<char> line) =>
        line.Length > 2 && ((line[0] is '"' or '\'' && line[^1] == line[0]) || (line[0] == '(' && line[^1] == ')'))
        && !line[1..^1].Contains(line[0]);
}
