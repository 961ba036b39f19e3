namespace Pipeline.Publishing;

/// <summary>The <c>permalink</c> that posts have of their own: the slug between two fixed parts.</summary>
/// <param name="Before">What stands before the slug, such as <c>/blog/</c>.</param>
/// <param name="After">What stands after it, such as <c>/</c> or <c>.html</c>.</param>
public sealed record PermalinkForm(string Before, string After)
{
    /// <summary>The permalink of a post.</summary>
    public string Of(string slug) => Before + slug + After;
}
