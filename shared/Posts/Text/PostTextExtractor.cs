namespace Pipeline.Posts.Text;

/// <summary>Does the work of <see cref="PostText"/>; serves one post after another, not two at once.</summary>
internal sealed class PostTextExtractor
{
    // Elements with markdown="1" within each other; what lies deeper is read as HTML.
    private const int MostNestedDocuments = 6;

    private readonly PlainTextWriter writer = new();
    private readonly LiquidRemover liquid = new();
    private readonly CodeWriter code;
    private readonly HtmlWalker html;
    private readonly InlineWriter inline;
    private PostWarnings warnings = new();
    private MarkdownReferences references = new();
    private PostTextOptions options = PostTextOptions.Default;
    private int nestedDocuments;

    /// <summary>Makes an extractor.</summary>
    /// <param name="isThorough">Whether text without marks takes the way of text with marks; the result is the same.</param>
    public PostTextExtractor(bool isThorough = false)
    {
        code = new CodeWriter(writer, liquid);
        html = new HtmlWalker(writer, code, liquid);
        inline = new InlineWriter(writer, code, liquid, html) { IsThorough = isThorough };
    }

    /// <inheritdoc cref="PostText.Extract"/>
    public PostTextResult Extract(string body, PostMarkup markup, PostTextOptions choices)
    {
        options = choices;
        warnings = new PostWarnings();
        writer.Start(body.Length);
        html.Reset();
        var source = TextCharacters.RemoveInvisible(body);
        writer.HasOddSpaces = source.AsSpan().ContainsAny(TextCharacters.OddSpaces);
        source = liquid.Remove(source, warnings);
        code.Choice = options.Code;
        code.KeepsMarks = options.Marks && markup == PostMarkup.Markdown;
        html.ExcerptSeparator = options.ExcerptSeparator;
        html.KeepsImageText = options.ImageAlt;
        inline.KeepsImageText = options.ImageAlt;
        inline.KeepsMath = options.Math == MathText.Keep;
        inline.KeepsMarks = options.Marks;
        nestedDocuments = 0;
        if (markup == PostMarkup.Html)
        {
            html.Markdown = null;
            html.Write(source);
        }
        else
        {
            references = new MarkdownReferences { TrustsExplicit = liquid.DroppedDefinitions };
            inline.References = references;
            WriteMarkdown(source);
        }

        return new PostTextResult(writer.Finish(), warnings.ToList());
    }

    private void WriteMarkdown(string source)
    {
        html.Markdown = nestedDocuments < MostNestedDocuments ? WriteMarkdown : null;
        nestedDocuments++;
        var context = new PostContext(source, references, warnings);
        var document = PostMarkdown.Parse(source, context);
        var walker = new MarkdownWalker(writer, code, inline, html) { KeepsMath = options.Math == MathText.Keep, KeepsMarks = options.Marks };
        walker.Write(document, context);
        nestedDocuments--;
        html.Markdown = nestedDocuments < MostNestedDocuments ? WriteMarkdown : null;
    }
}
