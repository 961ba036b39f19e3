namespace Pipeline.Publishing;

/// <summary>A pull request for a generated post.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Url">Its page.</param>
/// <param name="State">What became of it.</param>
public sealed record PullRequestLink(int Number, string Url, PullRequestState State);

/// <summary>What became of a pull request.</summary>
public enum PullRequestState
{
    /// <summary>It waits.</summary>
    Open,

    /// <summary>The post is in the blog.</summary>
    Merged,

    /// <summary>The owner did not want the post.</summary>
    Closed,
}
