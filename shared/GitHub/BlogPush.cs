namespace Pipeline.GitHub;

/// <summary>What a push to a branch says of itself.</summary>
/// <param name="Branch">The branch; null for a tag.</param>
/// <param name="Before">The commit that it showed.</param>
/// <param name="After">The commit that it shows now; zeros if it was deleted.</param>
/// <param name="Complete">Whether <paramref name="Paths"/> are all: the push was not forced and its list of commits not cut off.</param>
/// <param name="Paths">The files that were added, changed or removed.</param>
public sealed record BlogPush(string? Branch, string Before, string After, bool Complete, IReadOnlyList<string> Paths);
