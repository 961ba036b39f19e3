namespace Pipeline.Testing.GitHub;

/// <summary>A pull request of the in-test GitHub.</summary>
public sealed class PullRequestRecord
{
    public required int Number { get; init; }

    public required string Head { get; init; }

    /// <summary>The repository that the branch lies in: another one for a fork.</summary>
    public required string HeadRepository { get; init; }

    public required string Base { get; init; }

    public required string Title { get; set; }

    public required string Body { get; set; }

    public bool Draft { get; set; }

    public string State { get; set; } = "open";

    public bool Merged { get; set; }

    public bool AutoMerge { get; set; }

    public string HeadCommit { get; set; } = "";

    public List<string> Labels { get; } = [];

    public List<string> Reviewers { get; } = [];

    public List<string> Comments { get; } = [];
}
