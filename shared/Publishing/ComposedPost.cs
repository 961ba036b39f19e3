namespace Pipeline.Publishing;

/// <summary>A draft fitted to a blog.</summary>
/// <param name="File">The post.</param>
/// <param name="Text">The file's text.</param>
/// <param name="Url">Its address on the site, relative to the site's own; null if only a plugin of the blog could tell.</param>
public sealed record ComposedPost(PostFile File, string Text, string? Url);
