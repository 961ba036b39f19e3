using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>What a definition list says about a term; the term is the paragraph before it.</summary>
internal sealed class DefinitionBlock(BlockParser parser, int width) : ContainerBlock(parser)
{
    /// <summary>Columns that a line must be indented to belong to it.</summary>
    public int Width { get; } = width;
}

/// <summary>Definition lists: a paragraph, then <c>: text</c>, as often as wanted.</summary>
internal sealed class DefinitionParser : BlockParser
{
    public DefinitionParser() => OpeningCharacters = [':'];

    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent || processor.PeekChar(1) is not (' ' or '\t') || !FollowsTerm(processor) || !PostContext.MayNest(processor))
        {
            return BlockState.None;
        }

        var column = processor.Column;
        processor.NextChar();
        while (processor.CurrentChar is ' ' or '\t')
        {
            processor.NextChar();
        }

        processor.NewBlocks.Push(new DefinitionBlock(this, Math.Min(processor.Column - column, 4)));
        return BlockState.Continue;
    }

    /// <inheritdoc />
    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        if (processor.IsBlankLine)
        {
            return BlockState.Continue;
        }

        var definition = (DefinitionBlock)block;
        if (processor.Indent < definition.Width)
        {
            return BlockState.None;
        }

        processor.GoToColumn(processor.ColumnBeforeIndent + definition.Width);
        return BlockState.Continue;
    }

    private static bool FollowsTerm(BlockProcessor processor) =>
        processor.GetCurrentContainerOpened().LastChild is DefinitionBlock or PostParagraph { HasText: true };
}
