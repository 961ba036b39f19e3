using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>The text of a footnote; it follows the body.</summary>
internal sealed class FootnoteBlock(BlockParser parser, string label) : ContainerBlock(parser)
{
    public string Label { get; } = label;

    /// <summary>Whether the text refers to it.</summary>
    public bool IsReferred { get; set; }
}

/// <summary>Definitions of footnotes: <c>[^1]: text</c>, with further paragraphs indented by four columns.</summary>
internal sealed class FootnoteParser : BlockParser
{
    private const int MostLabelCharacters = 200;

    public FootnoteParser() => OpeningCharacters = ['['];

    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent || processor.PeekChar(1) != '^')
        {
            return BlockState.None;
        }

        var line = processor.Line.AsSpan();
        var close = line[..Math.Min(line.Length, MostLabelCharacters)].IndexOf(']');
        if (close < 3 || close + 1 >= line.Length || line[close + 1] != ':' || !PostContext.MayNest(processor))
        {
            return BlockState.None;
        }

        var footnote = new FootnoteBlock(this, line[2..close].ToString());
        PostContext.Of(processor).References.Define(footnote);
        for (var skipped = 0; skipped < close + 2 || processor.CurrentChar is ' ' or '\t'; skipped++)
        {
            processor.NextChar();
        }

        processor.NewBlocks.Push(footnote);
        return BlockState.Continue;
    }

    /// <inheritdoc />
    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        if (processor.IsBlankLine)
        {
            return BlockState.Continue;
        }

        if (!processor.IsCodeIndent)
        {
            return BlockState.None;
        }

        processor.GoToCodeIndent();
        return BlockState.Continue;
    }
}
