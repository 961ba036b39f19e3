namespace Pipeline.Collecting;

/// <summary>The kinds of sources that posts are collected from.</summary>
public enum SourceKind
{
    /// <summary>An Atom or RSS feed.</summary>
    Feed,

    /// <summary>A WordPress export (WXR).</summary>
    WordPress,
}
