using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>Display math: from <c>$$</c> at the start of a paragraph to <c>$$</c> at the end of a line.</summary>
internal sealed class MathBlockParser : ExtentParser
{
    public MathBlockParser() => OpeningCharacters = ['$'];

    /// <inheritdoc />
    public override bool CanInterrupt(BlockProcessor processor, Block block) => block is not ParagraphBlock;

    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        var source = processor.Line.Text;
        var inside = processor.Start + 2;
        if (processor.IsCodeIndent || processor.PeekChar(1) != '$' || inside + 1 > PostContext.Of(processor).LastMath)
        {
            return BlockState.None;
        }

        var end = source.IndexOf("$$", inside + 1, StringComparison.Ordinal) + 2;
        return end > inside && IsBlankToLineEnd(source, end) ? Open(processor, ExtentKind.Math, end) : BlockState.None;
    }
}
