using Pipeline.Publishing;

namespace Pipeline.GitHub;

/// <summary>The blog's repository on GitHub: branches and commits by the calls on git's objects, and its pull requests.</summary>
public sealed class GitHubRepository : IBlogRepository, IPullRequests
{
    private readonly GitHubClient _client;
    private readonly RepositoryInfo _info;
    private readonly PublishOptions _options;

    private GitHubRepository(GitHubClient client, RepositoryInfo info, PublishOptions options) => (_client, _info, _options) = (client, info, options);

    /// <summary>The branch that the blog is built from.</summary>
    public string DefaultBranch => _info.DefaultBranch;

    /// <summary>Looks whether the repository is there and can be written to.</summary>
    /// <param name="client">Speaks to GitHub.</param>
    /// <param name="options">The form of pull requests. An empty base branch means the repository's own.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="GitHubException">It was renamed, is gone, archived, or the token may not write; the message says which.</exception>
    public static async Task<GitHubRepository> OpenAsync(GitHubClient client, PublishOptions options, CancellationToken cancellationToken)
    {
        var info = await client.GetRepositoryAsync(cancellationToken);
        var endpoint = $"GET /repos/{client.Repository}";
        if (!client.Repository.Is(info.FullName))
        {
            throw new GitHubException(GitHubFailure.Moved, endpoint, $"{client.Repository} is now {info.FullName}. Set PIPELINE_GITHUB_REPOSITORY to its new name.");
        }

        if (info.Archived || info.Disabled)
        {
            throw new GitHubException(GitHubFailure.Forbidden, endpoint, $"{client.Repository} is {(info.Archived ? "archived" : "disabled")}, and nothing can be written to it. Unarchive it, or name another repository.");
        }

        if (options.BaseBranch.Length == 0)
        {
            options.BaseBranch = info.DefaultBranch;
        }

        return new GitHubRepository(client, info, options);
    }

    /// <inheritdoc />
    public Task<string?> FindBranchAsync(string branch, CancellationToken cancellationToken) => _client.FindBranchAsync(branch, cancellationToken);

    /// <summary>Our branches that have an open pull request, in ordinal order; others are looked up by name.</summary>
    /// <inheritdoc />
    public async Task<IReadOnlyList<BranchHead>> ListBranchesAsync(string prefix, CancellationToken cancellationToken) =>
        [.. (await _client.ListPullRequestsAsync("open", branch: null, cancellationToken))
            .Where(request => IsOurs(request) && request.Head.Ref.StartsWith(prefix, StringComparison.Ordinal))
            .Select(request => new BranchHead(request.Head.Ref, request.Head.Sha))
            .OrderBy(head => head.Name, StringComparer.Ordinal)];

    /// <inheritdoc />
    public async Task<IReadOnlyList<string>> ListPathsAsync(string commit, CancellationToken cancellationToken) =>
        [.. (await TreeListing.ReadAsync(_client, commit, cancellationToken)).Select(entry => entry.Path)];

    /// <inheritdoc />
    public async Task<byte[]> ReadFileAsync(string commit, string path, CancellationToken cancellationToken) =>
        await _client.FindFileAsync(path, commit, cancellationToken)
            ?? throw new GitHubException(GitHubFailure.NotFound, $"GET /repos/{_client.Repository}/contents/{path}", $"The commit {commit} has no file {path}.");

    /// <inheritdoc />
    public async Task<string> CreateCommitAsync(
        string parent, string? removed, string path, ReadOnlyMemory<byte> content, CommitDetails details, CancellationToken cancellationToken)
    {
        var before = await _client.GetCommitAsync(parent, cancellationToken);
        var blob = await _client.CreateBlobAsync(content, cancellationToken);
        List<TreeEntry> changes = [new(path, "100644", "blob", blob)];
        if (removed is not null && removed != path)
        {
            changes.Add(new(removed, "100644", "blob", null));
        }

        var tree = await _client.CreateTreeAsync(before.Tree.Sha, changes, cancellationToken);
        return await _client.CreateCommitAsync(tree, parent, details, cancellationToken);
    }

    /// <inheritdoc />
    public Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken) => _client.CreateBranchAsync(branch, commit, cancellationToken);

    /// <inheritdoc />
    /// <remarks>GitHub compares with the branch's newest commit: <paramref name="newer"/> must stand on it, or nothing is changed.</remarks>
    public Task<bool> AdvanceBranchAsync(string branch, string current, string newer, CancellationToken cancellationToken) => _client.AdvanceBranchAsync(branch, newer, cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<BranchHead>> ListOpenAsync(CancellationToken cancellationToken) => ListBranchesAsync(PostBranch.Prefix, cancellationToken);

    /// <inheritdoc />
    public async Task<PullRequestLink?> FindAsync(string branch, CancellationToken cancellationToken) =>
        (await _client.ListPullRequestsAsync("all", branch, cancellationToken)).FirstOrDefault(IsOurs) is { } request ? Link(request) : null;

    /// <inheritdoc />
    public async Task<PullRequestLink> OpenAsync(string branch, string title, string body, CancellationToken cancellationToken)
    {
        if (await FindAsync(branch, cancellationToken) is { } known)
        {
            return known;
        }

        var request = new NewPullRequest(title, branch, _options.BaseBranch, body, _options.Draft && !_options.AutoMerge);
        PullRequest? opened;
        try
        {
            opened = await _client.CreatePullRequestAsync(request, cancellationToken);
        }
        catch (GitHubException exception) when (exception.Failure == GitHubFailure.Invalid && request.Draft && exception.Message.Contains("draft", StringComparison.OrdinalIgnoreCase))
        {
            // Private repositories of free accounts have none. The label and the text still say what this is.
            opened = await _client.CreatePullRequestAsync(request with { Draft = false }, cancellationToken);
        }

        return opened is not null
            ? Link(opened)
            : await FindAsync(branch, cancellationToken)
                ?? throw new BlogRepositoryException($"GitHub says that {branch} has a pull request, and lists none. Run it again.");
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<string>> CompleteAsync(PullRequestLink pullRequest, CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        if (await _client.FindPullRequestAsync(pullRequest.Number, cancellationToken) is not { IsOpen: true } request)
        {
            return notes;
        }

        if (request.Labels?.Any(label => label.Name.Equals(_options.Label, StringComparison.OrdinalIgnoreCase)) != true)
        {
            await _client.AddLabelsAsync(request.Number, [_options.Label], cancellationToken);
        }

        if (_options.Reviewer is { Length: > 0 } reviewer
            && request.RequestedReviewers?.Any(account => account.Login.Equals(reviewer, StringComparison.OrdinalIgnoreCase)) != true)
        {
            try
            {
                await _client.RequestReviewersAsync(request.Number, [reviewer], cancellationToken);
            }
            catch (GitHubException exception) when (exception.Failure == GitHubFailure.Invalid)
            {
                // The post is there all the same.
                notes.Add($"{reviewer} cannot be asked for a review: {exception.Message}");
            }
        }

        if (_options.AutoMerge && request.AutoMerge is null or { ValueKind: System.Text.Json.JsonValueKind.Null }
            && await _client.EnableAutoMergeAsync(request, cancellationToken) is { } refused)
        {
            notes.Add($"It does not merge by itself: {refused}");
        }

        return notes;
    }

    /// <inheritdoc />
    public Uri PageOf(string commit, string path) =>
        new($"{_info.HtmlUrl.TrimEnd('/')}/blob/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    // A fork may have a branch of any name.
    private bool IsOurs(PullRequest request) => _client.Repository.Is(request.Head.Repo?.FullName) && PostBranch.TryParse(request.Head.Ref, out _);

    private static PullRequestLink Link(PullRequest request) => new(
        request.Number, request.HtmlUrl, request.IsOpen ? PullRequestState.Open : request.MergedAt is null ? PullRequestState.Closed : PullRequestState.Merged);
}
