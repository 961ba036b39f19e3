namespace Pipeline.Publishing;

/// <summary>The key for categories or tags in a blog's posts.</summary>
/// <param name="Key"><c>categories</c>, <c>category</c>, <c>tags</c> or <c>tag</c>.</param>
/// <param name="Style">How several values are written.</param>
public sealed record ListForm(string Key, ListStyle Style)
{
    /// <summary>Whether the key is the singular, whose text is one value and is not split.</summary>
    public bool IsSingular => Key is "category" or "tag";
}
