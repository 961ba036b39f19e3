namespace Pipeline.Publishing;

/// <summary>How a blog writes a key with several values.</summary>
public enum ListStyle
{
    /// <summary><c>tags: [a, b]</c></summary>
    Inline,

    /// <summary>One value a line, each behind a hyphen.</summary>
    Block,

    /// <summary><c>tags: a b</c>; values with blanks cannot be written so.</summary>
    Text,
}
