using Pipeline.GitHub;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Functions.GitHub;

/// <summary>Where posts go: the blog on GitHub if the settings name it, else a git repository on this machine.</summary>
internal sealed class BlogConnection : IDisposable
{
    private readonly PipelineSettings settings;

    /// <summary>Makes the connection; nothing is called yet.</summary>
    /// <param name="settings">Name the repository and as whom it is reached.</param>
    /// <param name="store">Has the blog's posts.</param>
    /// <param name="clock">Tells when tokens end.</param>
    /// <param name="handler">Sends requests.</param>
    /// <exception cref="FormatException">The settings of GitHub are incomplete.</exception>
    public BlogConnection(PipelineSettings settings, IBlobStore store, TimeProvider clock, HttpMessageHandler? handler = null)
    {
        this.settings = settings;
        if (settings.GitHubRepository is not { Length: > 0 } repository)
        {
            return;
        }

        var options = new GitHubOptions
        {
            Repository = RepositoryName.Parse(repository),
            BaseAddress = Uri.TryCreate(settings.GitHubApi, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"
                ? address
                : throw new FormatException("PIPELINE_GITHUB_API must be an address such as https://HOST/api/v3/."),
            Token = settings.GitHubToken,
            AppId = settings.GitHubAppId,
            PrivateKey = settings.GitHubPrivateKey,
            InstallationId = settings.GitHubInstallation,
        };
        GitHub = new GitHubClient(options, handler ?? GitHubClient.CreateHandler(), clock, new Random(settings.Seed));
        Sync = new BlogSync(GitHub, store, clock);
    }

    /// <summary>Speaks to GitHub; null if the blog is not there.</summary>
    public GitHubClient? GitHub { get; }

    /// <summary>Brings the store in line with the blog on GitHub; null if it is not there.</summary>
    public BlogSync? Sync { get; }

    /// <summary>Opens the blog's repository.</summary>
    /// <exception cref="FormatException">No repository is named.</exception>
    /// <exception cref="BlogRepositoryException">It cannot be read or written; the message says what to do.</exception>
    public async Task<BlogTarget> OpenAsync(CancellationToken cancellationToken)
    {
        var options = new PublishOptions
        {
            BaseBranch = settings.BaseBranch is { Length: > 0 } branch ? branch : GitHub is null ? "main" : "",
            Directory = string.IsNullOrWhiteSpace(settings.PostDirectory) ? null : settings.PostDirectory,
            Draft = settings.DraftPullRequests,
            Label = settings.PullRequestLabel,
            Reviewer = settings.Reviewer,
            AutoMerge = settings.AutoMerge,
        };
        if (GitHub is not null)
        {
            var repository = await GitHubRepository.OpenAsync(GitHub, options, cancellationToken);
            return new(repository, repository, options);
        }

        var folder = settings.BlogRepository
            ?? throw new FormatException("PIPELINE_BLOG_REPOSITORY is not set: name the git repository to which posts are committed, or PIPELINE_GITHUB_REPOSITORY.");
        return new(await LocalGitRepository.OpenAsync(folder, cancellationToken), null, options);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Sync?.Dispose();
        GitHub?.Dispose();
    }
}

/// <summary>The blog's repository, open.</summary>
/// <param name="Repository">Its branches and files.</param>
/// <param name="PullRequests">Its pull requests; null on this machine.</param>
/// <param name="Options">How posts are published.</param>
internal sealed record BlogTarget(IBlogRepository Repository, IPullRequests? PullRequests, PublishOptions Options);
