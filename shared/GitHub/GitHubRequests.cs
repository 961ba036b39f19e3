namespace Pipeline.GitHub;

internal sealed record NewBlob(string Content, string Encoding);

internal sealed record NewTree(string BaseTree, IReadOnlyList<TreeEntry> Tree);

internal sealed record NewCommit(string Message, string Tree, IReadOnlyList<string> Parents, CommitPerson Author, CommitPerson Committer);

internal sealed record CommitPerson(string Name, string Email, DateTimeOffset Date);

internal sealed record NewReference(string Ref, string Sha);

internal sealed record ReferenceUpdate(string Sha, bool Force);

/// <summary>A pull request to be opened.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Head">The branch with the change.</param>
/// <param name="Base">The branch that it shall go into.</param>
/// <param name="Body">Its description.</param>
/// <param name="Draft">Whether it must be declared ready before it can be merged.</param>
public sealed record NewPullRequest(string Title, string Head, string Base, string Body, bool Draft);

/// <summary>Changes to a pull request; null leaves a member as it is.</summary>
public sealed record PullRequestUpdate(string? Title = null, string? Body = null);

internal sealed record NewLabels(IReadOnlyList<string> Labels);

internal sealed record ReviewRequest(IReadOnlyList<string> Reviewers);

internal sealed record NewComment(string Body);

internal sealed record GraphQuery(string Query, IReadOnlyDictionary<string, string> Variables);

internal sealed record InstallationTokenRequest
{
    public required IReadOnlyList<string> Repositories { get; init; }

    public required Dictionary<string, string> Permissions { get; init; }
}
