namespace Pipeline.Posts.Text;

/// <summary>What the body of a post is written in, after Liquid.</summary>
public enum PostMarkup
{
    /// <summary>kramdown in its GFM mode.</summary>
    Markdown,

    /// <summary>HTML, as in posts whose file ends in <c>.html</c>.</summary>
    Html,
}
