namespace Pipeline.Posts.Text;

/// <summary>What a piece of a line of Markdown does to the text.</summary>
internal enum InlineTokenKind
{
    /// <summary>Leaves nothing.</summary>
    Skip,

    /// <summary>Text as written, such as a bracket that belongs to no link.</summary>
    Text,

    /// <summary>A run of <c>*</c>, <c>_</c> or <c>~</c>: what of it is no mark is text.</summary>
    Delimiter,

    /// <summary>A line end of the source.</summary>
    Newline,

    /// <summary>A line end that the page shows.</summary>
    HardBreak,

    /// <summary>The inside of a code span.</summary>
    Code,

    /// <summary>TeX with its delimiters.</summary>
    Math,

    /// <summary>TeX between <c>\\(</c> and <c>\\)</c>, of which the page shows one backslash each.</summary>
    BackslashMath,

    /// <summary>A character reference.</summary>
    Reference,

    /// <summary>A link in angle brackets.</summary>
    AutoLink,

    /// <summary>The mark of a footnote.</summary>
    FootnoteMark,

    /// <summary>A tag of HTML.</summary>
    Tag,

    /// <summary>HTML whose inside is not Markdown.</summary>
    Html,

    /// <summary>A comment that separates the excerpt.</summary>
    ParagraphBreak,

    /// <summary>The end of a table's cell.</summary>
    CellEnd,

    /// <summary>Stands for a block of code.</summary>
    CodeBlock,

    /// <summary>Stands for Liquid that was kept as written.</summary>
    Literal,
}

/// <summary>A piece of a line of Markdown; what lies between two pieces is text.</summary>
internal struct InlineToken
{
    public InlineTokenKind Kind;

    /// <summary>The first position in the line, and the one behind the piece.</summary>
    public int Start, End;

    /// <summary>Of a delimiter: characters that are still text.</summary>
    public int Left;

    /// <summary>Of a delimiter: whether it can begin or end a span.</summary>
    public bool CanOpen, CanClose;

    /// <summary>Of a delimiter: which character it is made of, and how many.</summary>
    public char Character;

    /// <summary>The delimiter's length as written.</summary>
    public readonly int Length => End - Start;
}
