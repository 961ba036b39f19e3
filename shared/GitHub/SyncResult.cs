namespace Pipeline.GitHub;

/// <summary>What bringing the store in line with the blog did.</summary>
/// <param name="Commit">The commit that the store now shows.</param>
/// <param name="Way">How it was found out what has changed.</param>
/// <param name="Posts">Posts that the blog has.</param>
/// <param name="Written">Posts and settings that were new or changed.</param>
/// <param name="Removed">Posts that the blog no longer has.</param>
/// <param name="Problems">What was left out and why, a sentence each.</param>
public sealed record SyncResult(string Commit, SyncWay Way, int Posts, int Written, int Removed, IReadOnlyList<string> Problems);

/// <summary>How it was found out what has changed.</summary>
public enum SyncWay
{
    /// <summary>Nothing has.</summary>
    Unchanged,

    /// <summary>By the files that a push names.</summary>
    Push,

    /// <summary>By comparing the ids of all files.</summary>
    Tree,

    /// <summary>By the whole blog in one archive.</summary>
    Archive,
}
