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
    public sealed record Published(string Branch, string Path, string Commit, string Url) : PublishResult
    {
        /// <summary>The pull request; null where there are none.</summary>
        public PullRequestLink? PullRequest { get; init; }

        /// <summary>What could not be done for the pull request and why, a sentence each.</summary>
        public string Notes { get; init; } = "";
    }

    /// <summary>The day has its post already; nothing was changed but what a run that was cut off had left to do.</summary>
    /// <param name="Branch">The day's branch.</param>
    /// <param name="Path">The post's path.</param>
    /// <param name="Commit">The newest commit that holds it: ours, one that a person put on top, or one of the base branch.</param>
    public sealed record AlreadyPublished(string Branch, string Path, string Commit) : PublishResult
    {
        /// <summary>The pull request; null where there are none, and for a merged post.</summary>
        public PullRequestLink? PullRequest { get; init; }
    }

    /// <summary>The owner has other posts to look at, or did not want this day's one; nothing was changed.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Skipped(string Reason) : PublishResult;

    /// <summary>The draft cannot be published; nothing was changed.</summary>
    /// <param name="Reason">Why, and what to do.</param>
    public sealed record Rejected(string Reason) : PublishResult;
}
