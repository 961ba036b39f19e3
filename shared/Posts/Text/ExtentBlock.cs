using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>What the lines of an <see cref="ExtentBlock"/> are.</summary>
internal enum ExtentKind
{
    Html,
    Math,

    /// <summary>The inside of <c>{::nomarkdown}</c>: HTML between two marks.</summary>
    NoMarkdown,

    /// <summary>A comment.</summary>
    Dropped,

    /// <summary>The mark <c>{:toc}</c>, which makes a table of contents of the list beside it.</summary>
    TableOfContents,
}

/// <summary>Lines from a start to a known end, in which nothing is Markdown.</summary>
internal sealed class ExtentBlock : LeafBlock
{
    public ExtentBlock(BlockParser parser, ExtentKind kind, int end)
        : base(parser)
    {
        Kind = kind;
        End = end;
        ProcessInlines = false;
        IsBreakable = false;
    }

    public ExtentKind Kind { get; }

    /// <summary>The position in the source behind the last character.</summary>
    public int End { get; }
}

/// <summary>A parser whose blocks know their end when they open.</summary>
internal abstract class ExtentParser : BlockParser
{
    /// <inheritdoc />
    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        var extent = (ExtentBlock)block;
        processor.GoToColumn(processor.ColumnBeforeIndent);
        if (processor.Line.Start >= extent.End)
        {
            return BlockState.None;
        }

        return extent.End <= processor.Line.End + 1 ? BlockState.Break : BlockState.Continue;
    }

    /// <summary>Opens a block that reaches from the current position to <paramref name="end"/>.</summary>
    protected BlockState Open(BlockProcessor processor, ExtentKind kind, int end)
    {
        processor.NewBlocks.Push(new ExtentBlock(this, kind, end));
        return end <= processor.Line.End + 1 ? BlockState.Break : BlockState.Continue;
    }

    /// <summary>Whether only blanks follow a position up to the end of its line.</summary>
    protected static bool IsBlankToLineEnd(string source, int position)
    {
        while (position < source.Length && source[position] is ' ' or '\t')
        {
            position++;
        }

        return position >= source.Length || source[position] == '\n';
    }
}
