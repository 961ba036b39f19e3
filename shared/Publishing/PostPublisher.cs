using System.Text;
using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>
/// Puts a generated post on a branch of its own and offers it to the blog's owner: one branch a day, one commit, one pull request. Every
/// step first looks at what is there, so that it may be run twice, by two at once, or be cut off anywhere and run again.
/// </summary>
/// <param name="repository">The blog's repository.</param>
/// <param name="blog">What is known of the blog.</param>
/// <param name="options">The base branch, the author, the form of pull requests.</param>
/// <param name="clock">Tells what is past.</param>
/// <param name="pullRequests">Where pull requests are opened; null where there are none.</param>
public sealed class PostPublisher(IBlogRepository repository, BlogProfile blog, PublishOptions options, TimeProvider clock, IPullRequests? pullRequests = null)
{
    // Older branches are merged or given up; each one costs a call.
    private const int WaitingBranches = 10;

    private readonly PostDays _days = new(repository, pullRequests, options);

    /// <summary>Publishes a draft as the post of a day, unless the day has one.</summary>
    /// <param name="draft">What the model wrote.</param>
    /// <param name="day">The day.</param>
    /// <param name="cancellationToken">Stops the work; the repository then has the whole post or nothing of it.</param>
    /// <exception cref="BlogRepositoryException">The repository cannot be read or written.</exception>
    public Task<PublishResult> PublishAsync(PostDraft draft, DateOnly day, CancellationToken cancellationToken) => PublishAsync(draft, day, card: null, cancellationToken);

    /// <summary>Publishes a draft as the post of a day, unless the day has one, and finishes what a run that was cut off has left to do.</summary>
    /// <param name="draft">What the model wrote.</param>
    /// <param name="day">The day.</param>
    /// <param name="card">What the pull request says; without one no pull request is opened.</param>
    /// <param name="cancellationToken">Stops the work; what is left to do is done by the next run.</param>
    /// <exception cref="BlogRepositoryException">The repository cannot be read or written.</exception>
    public async Task<PublishResult> PublishAsync(PostDraft draft, DateOnly day, ReportCard? card, CancellationToken cancellationToken)
    {
        var branch = new PostBranch(day).ToString();
        if (await _days.FindBaseAsync(cancellationToken) is not { } parent)
        {
            return new PublishResult.Rejected($"The repository has no branch {options.BaseBranch}; name the blog's own branch in the settings.");
        }

        if (await _days.FindAsync(day, parent, cancellationToken) is { } existing)
        {
            return await FinishAsync(existing, card, parent, cancellationToken);
        }

        if (await _days.WaitingAsync(day, cancellationToken) is { } waiting)
        {
            return waiting;
        }

        ComposedPost post;
        try
        {
            post = new PostComposer(blog, clock, options.Directory).Compose(draft, day, await TakenSlugsAsync(parent, cancellationToken));
        }
        catch (FormatException exception)
        {
            return new PublishResult.Rejected(exception.Message);
        }

        var commit = await repository.CreateCommitAsync(parent, removed: null, post.File.Path, Encoding.UTF8.GetBytes(post.Text), Details(post.File, day, options), cancellationToken);
        if (await repository.CreateBranchAsync(branch, commit, cancellationToken))
        {
            var published = new PublishResult.Published(branch, post.File.Path, commit, post.Url ?? "");
            return await OfferAsync(branch, commit, post.File.Path, card, parent, cancellationToken) is var (link, notes) ? published with { PullRequest = link, Notes = notes } : published;
        }

        // Another instance was faster.
        return await _days.FindAsync(day, parent, cancellationToken) is { } faster
            ? await FinishAsync(faster, card, parent, cancellationToken)
            : throw new BlogRepositoryException($"The branch {branch} appeared and vanished again while the post was written. Run it again.");
    }

    /// <summary>The first day from <paramref name="from"/> on for which there is neither a branch nor a post of ours.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<DateOnly> NextFreeDayAsync(DateOnly from, CancellationToken cancellationToken) => _days.NextFreeAsync(from, cancellationToken);

    /// <summary>What a commit of ours says. It holds nothing that a model wrote: GitHub acts on words in it.</summary>
    internal static CommitDetails Details(PostFile post, DateOnly day, PublishOptions options) => new(
        $"Add the generated post of {day:yyyy-MM-dd}\n\nModel {post.Provenance.Model}, corpus {post.Provenance.Corpus}, seed {post.Provenance.Seed}, {post.Provenance.Sampler}.",
        options.AuthorName,
        options.AuthorEmail,
        post.Date);

    private async Task<PublishResult> FinishAsync(PublishResult existing, ReportCard? card, string parent, CancellationToken cancellationToken)
    {
        // A pull request that was closed stays so; a merged post needs none.
        if (existing is not PublishResult.AlreadyPublished { Commit: var commit, Branch: var branch, Path: var path } published
            || commit == parent || published.PullRequest is { State: not PullRequestState.Open })
        {
            return existing;
        }

        return await OfferAsync(branch, commit, path, card, parent, cancellationToken) is var (link, _) ? published with { PullRequest = link } : published;
    }

    private async Task<(PullRequestLink Link, string Notes)?> OfferAsync(string branch, string commit, string path, ReportCard? card, string parent, CancellationToken cancellationToken)
    {
        if (pullRequests is null || card is null)
        {
            return null;
        }

        // The title as it is on the branch: what the model wrote was made safe, and a person may have changed it since.
        var file = FrontMatter.Parse(PostEncoding.Decode(await repository.ReadFileAsync(commit, path, cancellationToken), []), path);
        var title = YamlValue.Text(file.Find("title")) ?? path;
        var text = PullRequestText.Of(card, title, source => pullRequests.PageOf(parent, source));
        var link = await pullRequests.OpenAsync(branch, text.Title, text.Body, cancellationToken);
        return (link, link.State == PullRequestState.Open ? string.Join(" ", await pullRequests.CompleteAsync(link, cancellationToken)) : "");
    }

    // Posts that wait on other branches will have a URL as well, and it is ours to keep them apart.
    private async Task<IReadOnlySet<string>> TakenSlugsAsync(string parent, CancellationToken cancellationToken)
    {
        var published = await repository.ListPathsAsync(parent, cancellationToken);
        var slugs = Slugs(published.Where(path => !blog.Paths.Contains(path))).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var ours = (await repository.ListBranchesAsync(PostBranch.Prefix, cancellationToken)).Where(head => PostBranch.TryParse(head.Name, out _));
        foreach (var head in ours.TakeLast(WaitingBranches))
        {
            slugs.UnionWith(Slugs((await repository.ListPathsAsync(head.Commit, cancellationToken)).Except(published)));
        }

        return slugs;

        static IEnumerable<string> Slugs(IEnumerable<string> paths) => paths.Select(PostPath.TryParse).Where(post => post is { IsDraft: false }).Select(post => post!.Slug);
    }
}
