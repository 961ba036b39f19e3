using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.GitHub;

/// <summary>A repository.</summary>
public sealed record RepositoryInfo(
    [property: JsonRequired] string FullName, [property: JsonRequired] string DefaultBranch, [property: JsonRequired] string HtmlUrl, bool Archived, bool Disabled, RepositoryPermissions? Permissions);

/// <summary>What the token may do in a repository.</summary>
public sealed record RepositoryPermissions(bool Push);

/// <summary>A branch or tag.</summary>
public sealed record GitReference([property: JsonRequired] string Ref, [property: JsonRequired, JsonPropertyName("object")] ObjectId Target);

/// <summary>An object of git, by its SHA-1.</summary>
public sealed record ObjectId([property: JsonRequired] string Sha);

/// <summary>A folder, or with <c>recursive</c> all below it.</summary>
/// <param name="Sha">Its id.</param>
/// <param name="Tree">Its entries.</param>
/// <param name="Truncated">Whether there are more than GitHub gives.</param>
public sealed record GitTree([property: JsonRequired] string Sha, [property: JsonRequired] IReadOnlyList<TreeEntry> Tree, bool Truncated);

/// <summary>An entry of a tree.</summary>
/// <param name="Path">Its path within the tree.</param>
/// <param name="Mode">Git's mode: <c>100644</c> and <c>100755</c> are files, <c>120000</c> is a link, <c>040000</c> a folder.</param>
/// <param name="Type"><c>blob</c>, <c>tree</c> or <c>commit</c>.</param>
/// <param name="Sha">The object; null deletes the path when a tree is made.</param>
public sealed record TreeEntry(
    [property: JsonRequired] string Path,
    [property: JsonRequired] string Mode,
    [property: JsonRequired] string Type,
    // Null has a meaning and must be written.
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Sha)
{
    /// <summary>Bytes of a file; only in answers.</summary>
    public long? Size { get; init; }

    /// <summary>Whether it is a file with content of its own.</summary>
    [JsonIgnore]
    public bool IsFile => Type == "blob" && Mode is "100644" or "100755";
}

/// <summary>A commit.</summary>
public sealed record GitCommit([property: JsonRequired] string Sha, [property: JsonRequired] ObjectId Tree, string? Message, IReadOnlyList<ObjectId>? Parents);

/// <summary>A file of a commit.</summary>
public sealed record ContentFile([property: JsonRequired] string Type, [property: JsonRequired] string Sha, long Size, string? Encoding, string? Content);

/// <summary>A pull request.</summary>
public sealed record PullRequest(
    [property: JsonRequired] int Number,
    [property: JsonRequired] string NodeId,
    [property: JsonRequired] string State,
    [property: JsonRequired] string Title,
    [property: JsonRequired] string HtmlUrl,
    [property: JsonRequired] PullRequestBranch Head,
    [property: JsonRequired] PullRequestBranch Base)
{
    /// <summary>Its description.</summary>
    public string? Body { get; init; }

    /// <summary>Whether it waits to be declared ready.</summary>
    public bool Draft { get; init; }

    /// <summary>When it was merged; null if it was not.</summary>
    public DateTimeOffset? MergedAt { get; init; }

    /// <summary>The commit that merging it made.</summary>
    public string? MergeCommitSha { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyList<Label>? Labels { get; init; }

    /// <summary>Who was asked to look at it and has not yet.</summary>
    public IReadOnlyList<Account>? RequestedReviewers { get; init; }

    /// <summary>How it will be merged by itself; null if it will not.</summary>
    public JsonElement? AutoMerge { get; init; }

    /// <summary>Whether it can still be merged.</summary>
    [JsonIgnore]
    public bool IsOpen => State == "open";
}

/// <summary>One side of a pull request.</summary>
public sealed record PullRequestBranch([property: JsonRequired] string Ref, [property: JsonRequired] string Sha, PullRequestRepository? Repo);

/// <summary>The repository of a side; null when a fork is gone.</summary>
public sealed record PullRequestRepository(string FullName);

/// <summary>A label.</summary>
public sealed record Label(string Name);

/// <summary>A person or bot.</summary>
public sealed record Account(string Login);

/// <summary>A comment.</summary>
public sealed record IssueComment(long Id);

/// <summary>What a person may do in a repository: <c>admin</c>, <c>write</c>, <c>read</c> or <c>none</c>.</summary>
public sealed record Collaborator([property: JsonRequired] string Permission);

/// <summary>Where an App is installed.</summary>
internal sealed record Installation([property: JsonRequired] long Id);

/// <summary>The token of an installation. No record, whose text would show it.</summary>
internal sealed class InstallationToken
{
    [JsonRequired]
    public string Token { get; init; } = "";

    [JsonRequired]
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>An answer of the GraphQL API, which reports failures with status 200.</summary>
internal sealed record GraphReply(IReadOnlyList<GraphError>? Errors);

/// <summary>A failure of the GraphQL API.</summary>
internal sealed record GraphError(string Message, string? Type);
