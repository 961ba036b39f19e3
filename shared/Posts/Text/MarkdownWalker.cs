using System.Globalization;
using System.Text;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>Walks the tree of a post's blocks and writes their text.</summary>
internal sealed class MarkdownWalker(PlainTextWriter writer, CodeWriter code, InlineWriter inline, HtmlWalker html)
{
    // kramdown tells two underlines apart, of which authors use the lower one within a post.
    private const int UnderlinedLevel = 2;

    private readonly StringBuilder joined = new();
    private string source = "";
    private int quotes;

    /// <summary>Whether TeX stays.</summary>
    public bool KeepsMath { get; set; }

    /// <summary>Whether headings, quotes and table rules keep their marks.</summary>
    public bool KeepsMarks { get; set; }

    /// <summary>Writes a document, then the footnotes that it refers to.</summary>
    public void Write(MarkdownDocument document, PostContext context)
    {
        source = context.Source;
        quotes = 0;
        WriteChildren(document);
        for (var index = 0; index < context.References.Footnotes.Count; index++)
        {
            writer.ParagraphBreak();
            WriteChildren(context.References.Footnotes[index]);
        }

        context.References.Footnotes.Clear();
    }

    private void WriteChildren(ContainerBlock container)
    {
        for (var index = 0; index < container.Count; index++)
        {
            var next = index + 1 < container.Count ? container[index + 1] : null;
            switch (container[index])
            {
                case ListBlock when next is ExtentBlock { Kind: ExtentKind.TableOfContents }:
                    index++;
                    break;
                case ExtentBlock { Kind: ExtentKind.TableOfContents } when next is ListBlock:
                    index++;
                    break;
                case var block:
                    Write(block, next);
                    break;
            }
        }
    }

    private void Write(Block block, Block? next)
    {
        switch (block)
        {
            case PostParagraph paragraph:
                WriteParagraph(paragraph, isTerm: next is DefinitionBlock);
                break;
            case HeadingBlock heading:
                writer.ParagraphBreak();
                WriteHeading(WithoutId(Join(heading, 0)), heading.Level);
                writer.ParagraphBreak();
                break;
            case CodeBlock codeBlock:
                WriteCode(codeBlock);
                break;
            case ListBlock list:
                WriteList(list);
                break;
            case QuoteBlock quote:
                quotes++;
                writer.ParagraphBreak();
                WriteChildren(quote);
                writer.ParagraphBreak();
                quotes--;
                break;
            case DefinitionBlock definition:
                writer.BeginDefinition();
                WriteChildren(definition);
                break;
            case ExtentBlock extent:
                WriteExtent(extent);
                break;
            case ThematicBreakBlock:
                writer.ParagraphBreak();
                break;
            default:
                // Footnotes come last; blank lines are no text.
                break;
        }
    }

    private void WriteParagraph(PostParagraph paragraph, bool isTerm)
    {
        if (!paragraph.HasText)
        {
            return;
        }

        writer.ParagraphBreak();
        if (KeepsMarks && quotes > 0)
        {
            // One mark takes in the whole paragraph: its other lines follow lazily.
            writer.Verbatim("> ");
        }

        var text = Join(paragraph, paragraph.DefinitionLines);
        text = paragraph.IsHeading ? WithoutId(text) : WithoutTaskBox(paragraph, text);
        if (paragraph.IsHeading && KeepsMarks)
        {
            WriteHeading(text, UnderlinedLevel);
            return;
        }

        if (isTerm)
        {
            WriteLines(text);
            writer.LineBreak();
            return;
        }

        var table = paragraph.IsHeading || !text.Contains('|') ? -1 : PipeTable.FirstRow(text);
        if (table >= 0)
        {
            inline.Write(text[..table]);
            writer.ParagraphBreak();
            foreach (var range in text[table..].Split('\n'))
            {
                WriteRow(text[table..][range]);
            }
        }
        else
        {
            inline.Write(text);
        }
    }

    private void WriteHeading(ReadOnlySpan<char> text, int level)
    {
        if (KeepsMarks && !text.IsEmpty)
        {
            writer.Verbatim("###### ".AsSpan(6 - level));
        }

        inline.Write(text);
    }

    private void WriteRow(ReadOnlySpan<char> row)
    {
        if (PipeTable.IsRule(row))
        {
            if (KeepsMarks)
            {
                writer.Verbatim(row.Trim());
                writer.LineBreak();
            }
        }
        else
        {
            inline.WriteRow(row);
            writer.LineBreak();
        }
    }

    private void WriteLines(ReadOnlySpan<char> text)
    {
        foreach (var range in text.Split('\n'))
        {
            inline.Write(text[range]);
            writer.LineBreak();
        }
    }

    private void WriteList(ListBlock list)
    {
        var isNested = list.Parent is ListItemBlock;
        if (isNested)
        {
            writer.LineBreak();
        }
        else
        {
            writer.ParagraphBreak();
        }

        _ = int.TryParse(list.OrderedStart, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        for (var index = 0; index < list.Count; index++)
        {
            var marker = list.IsOrdered ? (number + index).ToString(CultureInfo.InvariantCulture) + ". " : "- ";
            writer.BeginItem(marker, index == 0);
            WriteChildren((ContainerBlock)list[index]);
            writer.EndItem(marker);
        }

        if (!isNested)
        {
            writer.ParagraphBreak();
        }
    }

    private void WriteCode(CodeBlock block)
    {
        code.Begin();
        for (var index = 0; index < block.Lines.Count; index++)
        {
            code.Line(block.Lines.Lines[index].Slice.AsSpan());
        }

        code.End();
    }

    private void WriteExtent(ExtentBlock extent)
    {
        switch (extent.Kind)
        {
            case ExtentKind.Html:
                writer.ParagraphBreak();
                html.Write(Join(extent, 0));
                writer.ParagraphBreak();
                break;
            case ExtentKind.NoMarkdown:
                var inside = Join(extent, 0);
                inside = inside[(inside.IndexOf('}') + 1)..];
                writer.ParagraphBreak();
                html.Write(inside.LastIndexOf("{:/") is var close and >= 0 ? inside[..close] : inside);
                writer.ParagraphBreak();
                break;
            case ExtentKind.Math when KeepsMath:
                writer.ParagraphBreak();
                inline.WriteMath(Join(extent, 0));
                writer.ParagraphBreak();
                break;
            default:
                writer.ParagraphBreak();
                break;
        }
    }

    /// <summary>The lines of a block as one text: the source itself where nothing but blanks lies between them.</summary>
    private ReadOnlySpan<char> Join(LeafBlock block, int firstLine)
    {
        var lines = block.Lines;
        if (firstLine >= lines.Count)
        {
            return [];
        }

        var first = lines.Lines[firstLine].Slice;
        var last = lines.Lines[lines.Count - 1].Slice;
        if ((quotes == 0 || lines.Count - firstLine == 1) && ReferenceEquals(first.Text, source) && ReferenceEquals(last.Text, source))
        {
            // Markdig leaves a heading of marks alone with an end before its start.
            return source.AsSpan(first.Start, Math.Max(last.End + 1 - first.Start, 0)).Trim();
        }

        joined.Clear();
        for (var index = firstLine; index < lines.Count; index++)
        {
            joined.Append(index > firstLine ? "\n" : "").Append(lines.Lines[index].Slice.AsSpan());
        }

        return joined.ToString().AsSpan().Trim();
    }

    /// <summary>kramdown's <c>{#id}</c>, and what authors put there in its likeness, at the end of a heading.</summary>
    private static ReadOnlySpan<char> WithoutId(ReadOnlySpan<char> heading)
    {
        if (!heading.EndsWith('}') || heading.LastIndexOf("{#") is not (var open and >= 0))
        {
            return heading;
        }

        return heading[open..^1].Contains('}') ? heading : heading[..open].TrimEnd();
    }

    private static ReadOnlySpan<char> WithoutTaskBox(PostParagraph paragraph, ReadOnlySpan<char> text)
    {
        var isBox = text.Length > 3 && text[0] == '[' && text[1] is ' ' or 'x' or 'X' && text[2] == ']' && text[3] is ' ' or '\n'
            && paragraph.Parent is ListItemBlock item && ReferenceEquals(item[0], paragraph);
        return isBox ? text[4..] : text;
    }
}
