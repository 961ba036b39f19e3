using Markdig;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Pipeline.Posts.Text;

/// <summary>
/// The Markdig pipeline for posts: its blocks, with kramdown's where they differ. Markdig's parsers for spans stay out, since they
/// follow CommonMark where kramdown does not, and nest as deep as their input.
/// </summary>
internal static class PostMarkdown
{
    private static readonly MarkdownPipeline Pipeline = Build();

    /// <summary>The tree of blocks of a source.</summary>
    public static MarkdownDocument Parse(string source, PostContext context) => Markdown.Parse(source, Pipeline, context);

    private static MarkdownPipeline Build()
    {
        var builder = new MarkdownPipelineBuilder();
        builder.InlineParsers.Clear();
        builder.BlockParsers.Clear();
        builder.BlockParsers.AddRange(
        [
            new AttributeListParser(),
            new MathBlockParser(),
            new AbbreviationParser(),
            new ThematicBreakParser(),
            new PostHeadingParser(),
            new PostQuoteParser(),
            new PostListParser(),
            new FootnoteParser(),
            new DefinitionParser(),
            new HtmlElementParser(),
            new FencedCodeBlockParser(),
            new IndentedCodeBlockParser(),
            new PostParagraphParser(),
        ]);
        return builder.Build();
    }

    private sealed class PostHeadingParser : HeadingBlockParser
    {
        public override bool Close(BlockProcessor processor, Block block)
        {
            ((HeadingBlock)block).ProcessInlines = false;
            return base.Close(processor, block);
        }
    }

    private sealed class PostQuoteParser : QuoteBlockParser
    {
        public override BlockState TryOpen(BlockProcessor processor) =>
            PostContext.MayNest(processor) ? base.TryOpen(processor) : BlockState.None;
    }

    private sealed class PostListParser : ListBlockParser
    {
        public override BlockState TryOpen(BlockProcessor processor) =>
            PostContext.MayNest(processor) ? base.TryOpen(processor) : BlockState.None;

        /// <summary>Markdig looks here for blank lines, one removal after another: quadratic, and of no use for text.</summary>
        public override bool Close(BlockProcessor processor, Block blockToClose) => true;
    }
}
