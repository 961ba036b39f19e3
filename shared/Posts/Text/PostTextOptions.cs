namespace Pipeline.Posts.Text;

/// <summary>Choices that a corpus may make; the defaults are those of the training corpus.</summary>
public sealed record PostTextOptions
{
    /// <summary>Code kept, math kept, images without their alternative text.</summary>
    public static PostTextOptions Default { get; } = new();

    /// <summary>
    /// Whether the marks of Markdown stay (headings, emphasis, code, quotes, table rules), so that a model learns to write them. Link targets,
    /// images, HTML, Liquid and kramdown's attributes go all the same. An HTML post has none of these marks.
    /// </summary>
    public bool Marks { get; init; }

    /// <summary>What becomes of code blocks.</summary>
    public CodeText Code { get; init; } = CodeText.Keep;

    /// <summary>What becomes of formulas.</summary>
    public MathText Math { get; init; } = MathText.Keep;

    /// <summary>Whether an image leaves its alternative text behind.</summary>
    public bool ImageAlt { get; init; }

    /// <summary>
    /// The site's or the post's <c>excerpt_separator</c>. If it is an HTML comment, it separates paragraphs wherever it stands;
    /// <c>&lt;!--more--&gt;</c>, <c>&lt;!--cut--&gt;</c> and their like do so without being named here.
    /// </summary>
    public string? ExcerptSeparator { get; init; }
}
