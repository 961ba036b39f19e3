using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>Definitions of abbreviations, <c>*[CMS]: Content System</c>, which the text does not show.</summary>
internal sealed class AbbreviationParser : ExtentParser
{
    public AbbreviationParser() => OpeningCharacters = ['*'];

    /// <inheritdoc />
    public override bool CanInterrupt(BlockProcessor processor, Block block) => block is not ParagraphBlock;

    /// <inheritdoc />
    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent || processor.PeekChar(1) != '[')
        {
            return BlockState.None;
        }

        var line = processor.Line.AsSpan();
        var close = line.IndexOf(']');
        return close > 2 && close + 1 < line.Length && line[close + 1] == ':'
            ? Open(processor, ExtentKind.Dropped, processor.Start + 1)
            : BlockState.None;
    }
}
