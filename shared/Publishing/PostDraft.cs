namespace Pipeline.Publishing;

/// <summary>A generated post before it is fitted to a blog. Everything but the provenance is as the model wrote it and not yet safe.</summary>
/// <param name="Title">The title.</param>
/// <param name="Categories">Categories; those that the blog does not use are dropped.</param>
/// <param name="Tags">Tags; those that the blog does not use are dropped.</param>
/// <param name="Body">The text, plain or Markdown.</param>
/// <param name="Provenance">Where it comes from.</param>
public sealed record PostDraft(string Title, IReadOnlyList<string> Categories, IReadOnlyList<string> Tags, string Body, PostProvenance Provenance);
