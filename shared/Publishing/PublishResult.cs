namespace Pipeline.Publishing;

/// <summary>What became of a draft.</summary>
public abstract record PublishResult
{
    private PublishResult()
    {
    }

    /// <summary>A new branch carries it.</summary>
    /// <param name="Branch">The branch's name.</param>
    /// <param name="Path">The post's path in the repository.</param>
    /// <param name="Commit">The commit's id.</param>
    /// <param name="Url">Where the post will be on the site, relative to it.</param>
    public sealed record Published(string Branch, string Path, string Commit, string Url) : PublishResult;

    /// <summary>The day has its post already; nothing was changed.</summary>
    /// <param name="Branch">The day's branch.</param>
    /// <param name="Path">The post's path.</param>
    /// <param name="Commit">The newest commit that holds it: ours, one that a person put on top, or one of the base branch.</param>
    public sealed record AlreadyPublished(string Branch, string Path, string Commit) : PublishResult;

    /// <summary>The draft cannot be published; nothing was changed.</summary>
    /// <param name="Reason">Why, and what to do.</param>
    public sealed record Rejected(string Reason) : PublishResult;
}
