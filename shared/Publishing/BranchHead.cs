namespace Pipeline.Publishing;

/// <summary>A branch and what it shows.</summary>
/// <param name="Name">Its name without <c>refs/heads/</c>.</param>
/// <param name="Commit">The id of its newest commit.</param>
public sealed record BranchHead(string Name, string Commit);
