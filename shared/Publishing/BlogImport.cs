namespace Pipeline.Publishing;

/// <summary>What became of the import of a blog into a repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit that <c>main</c> shows: the blog as it was given.</param>
/// <param name="Changed">Whether a new commit was needed.</param>
/// <param name="LeftOut">Files that were left out and why, one sentence each.</param>
public sealed record BlogImport(LocalGitRepository Repository, string Commit, bool Changed, IReadOnlyList<string> LeftOut);
