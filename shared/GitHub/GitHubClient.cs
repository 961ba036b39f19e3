using Pipeline.Publishing;

namespace Pipeline.GitHub;

/// <summary>
/// The calls to GitHub's REST API that this product makes, all on one repository (https://docs.github.com/rest). Each may be made again
/// after it was cut off: objects of git are named by their content, and what exists already is found, not made twice. Thread-safe.
/// </summary>
public sealed class GitHubClient : IDisposable
{
    // The most that GitHub gives at a time.
    private const int PageLength = 100;
    private const int MostPages = 10;

    private readonly HttpClient _http;
    private readonly GitHubOptions _options;
    private readonly GitHubTransport _transport;
    private readonly List<IDisposable> _owned = [];

    /// <summary>Makes a client; nothing is called yet.</summary>
    /// <param name="options">Which repository, and as whom.</param>
    /// <param name="handler">Sends requests; it must not follow redirections. It is disposed with the client.</param>
    /// <param name="clock">Tells when tokens end and how long to wait.</param>
    /// <param name="random">Spreads repeated calls.</param>
    /// <exception cref="FormatException">Neither token nor App is given, or the App's key cannot be read.</exception>
    public GitHubClient(GitHubOptions options, HttpMessageHandler handler, TimeProvider clock, Random random)
    {
        _options = options;
        // Each try has its own limit.
        _http = new HttpClient(handler, disposeHandler: true) { Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 100 * 1024 * 1024 };
        IGitHubCredential credential;
        if (options.Token is { Length: > 0 } token)
        {
            credential = new FixedToken(token);
        }
        else if (options is { AppId: { Length: > 0 } app, PrivateKey: { Length: > 0 } key })
        {
            var signature = new AppSignature(app, key, clock);
            var installation = new InstallationCredential(new GitHubTransport(_http, signature, options, clock, random), options, clock);
            _owned.AddRange([signature, installation]);
            credential = installation;
        }
        else
        {
            throw new FormatException("GitHub needs a token, or the id and the private key of an App: set PIPELINE_GITHUB_TOKEN, or PIPELINE_GITHUB_APP_ID and PIPELINE_GITHUB_PRIVATE_KEY.");
        }

        _transport = new GitHubTransport(_http, credential, options, clock, random);
    }

    /// <summary>The repository.</summary>
    public RepositoryName Repository => _options.Repository;

    /// <summary>A handler for <see cref="GitHubClient"/> that follows changes of DNS and no redirections.</summary>
    public static HttpMessageHandler CreateHandler() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AutomaticDecompression = System.Net.DecompressionMethods.All,
    };

    /// <summary>The repository as it is now.</summary>
    /// <exception cref="GitHubException">It was renamed, is gone, or the token may not see it.</exception>
    public async Task<RepositoryInfo> GetRepositoryAsync(CancellationToken cancellationToken) =>
        await _transport.GetAsync(Path(), GitHubJson.Default.RepositoryInfo, cancellationToken)
            ?? throw NotFound("");

    /// <summary>The newest commit of a branch; null if there is no such branch.</summary>
    /// <exception cref="GitHubException">The repository is empty, among others.</exception>
    public async Task<string?> FindBranchAsync(string branch, CancellationToken cancellationToken) =>
        (await _transport.GetAsync(Path($"git/ref/{Escape("heads/" + branch)}"), GitHubJson.Default.GitReference, cancellationToken))?.Target.Sha;

    /// <summary>Makes a branch; false if there is one of that name.</summary>
    public async Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken)
    {
        try
        {
            await _transport.SendAsync(
                HttpMethod.Post, Path("git/refs"), new($"refs/heads/{branch}", commit), GitHubJson.Default.NewReference, GitHubJson.Default.GitReference, repeatable: true, cancellationToken);
            return true;
        }
        catch (GitHubException exception) when (exception.Failure is GitHubFailure.Invalid or GitHubFailure.Conflict && exception.Message.Contains("already exists", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
    }

    /// <summary>Moves a branch on to a commit that stands on its newest one; false if it does not, since somebody else was faster.</summary>
    public async Task<bool> AdvanceBranchAsync(string branch, string commit, CancellationToken cancellationToken)
    {
        try
        {
            await _transport.SendAsync(
                HttpMethod.Patch,
                Path($"git/refs/{Escape("heads/" + branch)}"),
                new(commit, Force: false),
                GitHubJson.Default.ReferenceUpdate,
                GitHubJson.Default.GitReference,
                repeatable: true,
                cancellationToken);
            return true;
        }
        catch (GitHubException exception) when (exception.Failure is GitHubFailure.Invalid && exception.Message.Contains("fast forward", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
    }

    /// <summary>A tree; null if there is none.</summary>
    /// <param name="id">The id of a tree or commit.</param>
    /// <param name="recursive">Whether all below it is wanted.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<GitTree?> FindTreeAsync(string id, bool recursive, CancellationToken cancellationToken) =>
        _transport.GetAsync(Path($"git/trees/{Escape(id)}{(recursive ? "?recursive=1" : "")}"), GitHubJson.Default.GitTree, cancellationToken);

    /// <summary>A commit.</summary>
    public async Task<GitCommit> GetCommitAsync(string id, CancellationToken cancellationToken) =>
        await _transport.GetAsync(Path($"git/commits/{Escape(id)}"), GitHubJson.Default.GitCommit, cancellationToken) ?? throw NotFound($"/git/commits/{id}");

    /// <summary>Stores a file's bytes and returns their id.</summary>
    public async Task<string> CreateBlobAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(
            HttpMethod.Post, Path("git/blobs"), new(Convert.ToBase64String(content.Span), "base64"), GitHubJson.Default.NewBlob, GitHubJson.Default.ObjectId, repeatable: true, cancellationToken)).Sha;

    /// <summary>Makes a tree from another one and returns its id.</summary>
    public async Task<string> CreateTreeAsync(string baseTree, IReadOnlyList<TreeEntry> changes, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(
            HttpMethod.Post, Path("git/trees"), new(baseTree, changes), GitHubJson.Default.NewTree, GitHubJson.Default.ObjectId, repeatable: true, cancellationToken)).Sha;

    /// <summary>Makes a commit and returns its id; the same details give the same one. No branch shows it yet.</summary>
    public async Task<string> CreateCommitAsync(string tree, string parent, CommitDetails details, CancellationToken cancellationToken)
    {
        var person = new CommitPerson(details.AuthorName, details.AuthorEmail, details.Date);
        return (await _transport.SendAsync(
            HttpMethod.Post, Path("git/commits"), new(details.Message, tree, [parent], person, person), GitHubJson.Default.NewCommit, GitHubJson.Default.ObjectId, repeatable: true, cancellationToken)).Sha;
    }

    /// <summary>A file of a commit; null if it has none there.</summary>
    /// <exception cref="GitHubException">The file is larger than 1 MB, which is all that this call gives.</exception>
    public async Task<byte[]?> FindFileAsync(string path, string commit, CancellationToken cancellationToken)
    {
        var call = Path($"contents/{Escape(path)}?ref={Escape(commit)}");
        var file = await _transport.GetAsync(call, GitHubJson.Default.ContentFile, cancellationToken);
        return file switch
        {
            null or { Type: not "file" } => null,
            { Encoding: "base64", Content: { } content } when content.Length > 0 || file.Size == 0 => Convert.FromBase64String(content),
            _ => throw new GitHubException(GitHubFailure.TooLarge, $"GET /{call}", $"{path} has {file.Size / 1048576.0:0.0} MB, more than the 1 MB that GitHub gives; split the post or move its data into a file of its own."),
        };
    }

    /// <summary>Opens the archive of a commit, a gzipped tar, where GitHub says it lies. No token is sent there.</summary>
    public async Task<Stream> OpenTarballAsync(string commit, CancellationToken cancellationToken)
    {
        var call = Path($"tarball/{Escape(commit)}");
        var address = await _transport.FindRedirectAsync(call, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        System.Net.HttpStatusCode? status = null;
        try
        {
            var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.IsSuccessStatusCode)
            {
                return new ResponseStream(response, await response.Content.ReadAsStreamAsync(limit.Token), _options.Timeout);
            }

            status = response.StatusCode;
            response.Dispose();
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Said below: the address holds a secret of its own and is not shown.
        }

        throw new GitHubException(GitHubFailure.Unavailable, $"GET /{call}", "The archive cannot be downloaded. It is tried again at the next run.", status);
    }

    /// <summary>Pull requests, the newest first.</summary>
    /// <param name="state"><c>open</c>, <c>closed</c> or <c>all</c>.</param>
    /// <param name="branch">Only those from this branch of the repository itself; null for all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<PullRequest>> ListPullRequestsAsync(string state, string? branch, CancellationToken cancellationToken)
    {
        var filter = branch is null ? "" : $"&head={Escape($"{Repository.Owner}:{branch}")}";
        var found = new List<PullRequest>();
        for (var page = 1; page <= MostPages; page++)
        {
            var part = await _transport.GetAsync(
                Path($"pulls?state={state}{filter}&sort=created&direction=desc&per_page={PageLength}&page={page}"), GitHubJson.Default.IReadOnlyListPullRequest, cancellationToken) ?? throw NotFound("/pulls");
            found.AddRange(part);
            if (part.Count < PageLength)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>One pull request; null if there is none of that number.</summary>
    public Task<PullRequest?> FindPullRequestAsync(int number, CancellationToken cancellationToken) =>
        _transport.GetAsync(Path($"pulls/{number}"), GitHubJson.Default.PullRequest, cancellationToken);

    /// <summary>Opens a pull request; null if its branch has one.</summary>
    public async Task<PullRequest?> CreatePullRequestAsync(NewPullRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _transport.SendAsync(HttpMethod.Post, Path("pulls"), request, GitHubJson.Default.NewPullRequest, GitHubJson.Default.PullRequest, repeatable: true, cancellationToken);
        }
        catch (GitHubException exception) when (exception.Failure == GitHubFailure.Invalid && exception.Message.Contains("already exists", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
    }

    /// <summary>Changes a pull request's title or description.</summary>
    public Task<PullRequest> UpdatePullRequestAsync(int number, PullRequestUpdate update, CancellationToken cancellationToken) =>
        _transport.SendAsync(HttpMethod.Patch, Path($"pulls/{number}"), update, GitHubJson.Default.PullRequestUpdate, GitHubJson.Default.PullRequest, repeatable: true, cancellationToken);

    /// <summary>Adds labels; those that it has stay.</summary>
    public Task AddLabelsAsync(int number, IReadOnlyList<string> labels, CancellationToken cancellationToken) =>
        _transport.SendAsync(HttpMethod.Post, Path($"issues/{number}/labels"), new(labels), GitHubJson.Default.NewLabels, GitHubJson.Default.IReadOnlyListLabel, repeatable: true, cancellationToken);

    /// <summary>Asks people to look at a pull request.</summary>
    /// <exception cref="GitHubException">One of them may not, or opened it.</exception>
    public Task RequestReviewersAsync(int number, IReadOnlyList<string> reviewers, CancellationToken cancellationToken) =>
        _transport.SendAsync(
            HttpMethod.Post, Path($"pulls/{number}/requested_reviewers"), new(reviewers), GitHubJson.Default.ReviewRequest, GitHubJson.Default.PullRequest, repeatable: true, cancellationToken);

    /// <summary>Writes a comment. After a failure that leaves open whether it stands there it is not written again.</summary>
    public Task AddCommentAsync(int number, string body, CancellationToken cancellationToken) =>
        _transport.SendAsync(HttpMethod.Post, Path($"issues/{number}/comments"), new(body), GitHubJson.Default.NewComment, GitHubJson.Default.IssueComment, repeatable: false, cancellationToken);

    /// <summary>Whether a person may write to the repository.</summary>
    public async Task<bool> MayWriteAsync(string login, CancellationToken cancellationToken) =>
        (await _transport.GetAsync(Path($"collaborators/{Escape(login)}/permission"), GitHubJson.Default.Collaborator, cancellationToken))?.Permission is "admin" or "write";

    /// <summary>Has a pull request merged by itself once its checks and reviews allow it. REST has no call for this.</summary>
    /// <returns>Why it was refused; null if it was not.</returns>
    public Task<string?> EnableAutoMergeAsync(PullRequest request, CancellationToken cancellationToken) =>
        MutateAsync("enablePullRequestAutoMerge", request, cancellationToken);

    /// <summary>Takes <see cref="EnableAutoMergeAsync"/> back.</summary>
    /// <returns>Why it was refused; null if it was not.</returns>
    public Task<string?> DisableAutoMergeAsync(PullRequest request, CancellationToken cancellationToken) =>
        MutateAsync("disablePullRequestAutoMerge", request, cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _owned.ForEach(owned => owned.Dispose());
        _http.Dispose();
    }

    private async Task<string?> MutateAsync(string mutation, PullRequest request, CancellationToken cancellationToken)
    {
        // On GitHub Enterprise Server REST is at /api/v3 and GraphQL at /api/graphql.
        var path = _options.BaseAddress.AbsolutePath.EndsWith("/api/v3/", StringComparison.Ordinal) ? "../graphql" : "graphql";
        var query = new GraphQuery(
            $"mutation($id: ID!) {{ {mutation}(input: {{ pullRequestId: $id }}) {{ clientMutationId }} }}", new Dictionary<string, string> { ["id"] = request.NodeId });
        var reply = await _transport.SendAsync(HttpMethod.Post, path, query, GitHubJson.Default.GraphQuery, GitHubJson.Default.GraphReply, repeatable: true, cancellationToken);
        return reply.Errors is [var error, ..] ? error.Message : null;
    }

    private string Path(string rest = "") => $"repos/{Repository}{(rest.Length == 0 ? "" : "/")}{rest}";

    // Slashes too: a reference or path is one parameter.
    private static string Escape(string text) => Uri.EscapeDataString(text);

    private GitHubException NotFound(string what) => new(
        GitHubFailure.NotFound,
        $"GET /repos/{Repository}{what}",
        $"GitHub has no such thing in {Repository}, or the token may not see it: check the name and that the token or App is given to this repository.",
        System.Net.HttpStatusCode.NotFound);
}
