namespace Pipeline.Publishing;

/// <summary>What a commit says of where it comes from.</summary>
/// <param name="Parents">The ids of the commits that it stands on; the first is the branch that it was made on.</param>
/// <param name="Message">The message.</param>
public sealed record CommitInfo(IReadOnlyList<string> Parents, string Message);
