namespace Pipeline.Corpus;

/// <summary>A line of <c>train.jsonl</c> or <c>validation.jsonl</c>: one post.</summary>
/// <param name="Path">The post's path in the blog's repository.</param>
/// <param name="Title">Its title.</param>
/// <param name="Text">Its training text, header and all.</param>
public sealed record CorpusLine(string Path, string Title, string Text);
