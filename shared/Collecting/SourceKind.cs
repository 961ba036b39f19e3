namespace Pipeline.Collecting;

/// <summary>The kinds of sources that posts are collected from.</summary>
public enum SourceKind
{
    /// <summary>An Atom or RSS feed.</summary>
    Feed,

    /// <summary>A WordPress export (WXR).</summary>
    WordPress,

    /// <summary>The repository of a Jekyll blog.</summary>
    Jekyll,

    /// <summary>A Hugo site, or its folder <c>content</c>.</summary>
    Hugo,

    /// <summary>An Astro site, or its folder <c>src/content</c>.</summary>
    Astro,

    /// <summary>A folder, or one file, of Markdown, HTML or text without markup.</summary>
    Texts,

    /// <summary>An archive of one's own posts from X, once Twitter.</summary>
    X,

    /// <summary>An archive of one's own posts from Mastodon.</summary>
    Mastodon,
}
