namespace Pipeline.Publishing;

/// <summary>Where branches are offered to the blog's owner. Every step may be made twice.</summary>
public interface IPullRequests
{
    /// <summary>Our branches that wait for the owner, of pull requests from the repository itself.</summary>
    Task<IReadOnlyList<BranchHead>> ListOpenAsync(CancellationToken cancellationToken);

    /// <summary>The newest pull request of a branch, whatever became of it; null if there was none.</summary>
    /// <param name="branch">The branch's name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<PullRequestLink?> FindAsync(string branch, CancellationToken cancellationToken);

    /// <summary>Opens a branch's pull request, or finds the one that there is.</summary>
    /// <param name="branch">The branch's name.</param>
    /// <param name="title">The title.</param>
    /// <param name="body">The description in Markdown.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<PullRequestLink> OpenAsync(string branch, string title, string body, CancellationToken cancellationToken);

    /// <summary>Sees to label, reviewer and automatic merging, as far as they are asked for and missing.</summary>
    /// <param name="pullRequest">An open pull request.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What could not be done and why, a sentence each.</returns>
    Task<IReadOnlyList<string>> CompleteAsync(PullRequestLink pullRequest, CancellationToken cancellationToken);

    /// <summary>The page of a file as it is in a commit.</summary>
    /// <param name="commit">The commit's id.</param>
    /// <param name="path">The file's path.</param>
    Uri PageOf(string commit, string path);
}
