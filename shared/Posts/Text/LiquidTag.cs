namespace Pipeline.Posts.Text;

/// <summary>How the Liquid pass treats a tag.</summary>
internal enum LiquidTagKind
{
    /// <summary><c>{{ … }}</c>, or a tag without an inside.</summary>
    Single,

    /// <summary>The inside of a <c>raw</c> block, not looked at.</summary>
    Raw,

    /// <summary><c>highlight</c>: the inside is code.</summary>
    Code,

    /// <summary>The inside vanishes: <c>comment</c>, <c>capture</c>, <c>for</c> …</summary>
    Dropped,

    /// <summary><c>if</c>, <c>unless</c>: the first branch stays.</summary>
    Branches,

    /// <summary><c>case</c>: what follows the first <c>when</c> stays.</summary>
    Case,

    /// <summary><c>else</c>, <c>elsif</c>, <c>when</c>.</summary>
    Branch,

    /// <summary><c>endNAME</c>.</summary>
    End,

    /// <summary>A tag of a plugin: a block if an end for it follows, otherwise single.</summary>
    Unknown,
}

/// <summary>One tag in the source: where it stands and what it is.</summary>
internal struct LiquidTag
{
    /// <summary>The first position of the tag, and the one behind it.</summary>
    public int Start, End;

    /// <summary>For <see cref="LiquidTagKind.Raw"/>: the inside.</summary>
    public int InnerStart, InnerEnd;

    public LiquidTagKind Kind;

    /// <summary>The name; of an end tag, the name of what it ends.</summary>
    public string Name;

    /// <summary>The index of the tag that ends this one, or -1.</summary>
    public int Partner;

    /// <summary>Whether blanks before or after the tag go too.</summary>
    public bool TrimsBefore, TrimsAfter;

    /// <summary>For a raw block: whether blanks at the start or the end of the inside go.</summary>
    public bool TrimsInnerStart, TrimsInnerEnd;
}
