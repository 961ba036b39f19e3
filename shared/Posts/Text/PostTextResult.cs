namespace Pipeline.Posts.Text;

/// <summary>The plain text of a post.</summary>
/// <param name="Text">
/// Line feeds only, paragraphs apart by one blank line, no trailing blanks, no invisible characters; empty if the post holds nothing but markup.
/// </param>
/// <param name="Warnings">What was odd in the source and what was done about it, one sentence each, without the post's name.</param>
public sealed record PostTextResult(string Text, IReadOnlyList<string> Warnings);
