namespace Pipeline.Posts.Text;

/// <summary>Choices that a corpus may make; the defaults are those of the training corpus.</summary>
public sealed record PostTextOptions
{
    /// <summary>Code kept, math kept, images without their alternative text.</summary>
    public static PostTextOptions Default { get; } = new();

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
