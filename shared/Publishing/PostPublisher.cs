using System.Text;
using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>
/// Puts a generated post on a branch of its own: one a day, one commit on it. Every step first looks at what is there, and only the last
/// one shows, so that it may be run twice, by two at once, or be cut off anywhere and run again.
/// </summary>
/// <param name="repository">The blog's repository.</param>
/// <param name="blog">What is known of the blog.</param>
/// <param name="options">The base branch and the author.</param>
/// <param name="clock">Tells what is past.</param>
public sealed class PostPublisher(IBlogRepository repository, BlogProfile blog, PublishOptions options, TimeProvider clock)
{
    // Older branches are merged or given up; each one costs a call.
    private const int WaitingBranches = 10;

    /// <summary>Publishes a draft as the post of a day, unless the day has one.</summary>
    /// <param name="draft">What the model wrote.</param>
    /// <param name="day">The day.</param>
    /// <param name="cancellationToken">Stops the work; the repository then has the whole post or nothing of it.</param>
    /// <exception cref="BlogRepositoryException">The repository cannot be read or written.</exception>
    public async Task<PublishResult> PublishAsync(PostDraft draft, DateOnly day, CancellationToken cancellationToken)
    {
        var branch = new PostBranch(day).ToString();
        if (await FindBaseAsync(cancellationToken) is not { } parent)
        {
            return new PublishResult.Rejected($"The repository has no branch {options.BaseBranch}; name the blog's own branch in the settings.");
        }

        if (await FindExistingAsync(branch, parent, day, cancellationToken) is { } existing)
        {
            return existing;
        }

        ComposedPost post;
        try
        {
            post = new PostComposer(blog, clock).Compose(draft, day, await TakenSlugsAsync(parent, cancellationToken));
        }
        catch (FormatException exception)
        {
            return new PublishResult.Rejected(exception.Message);
        }

        var commit = await repository.CreateCommitAsync(parent, post.File.Path, Encoding.UTF8.GetBytes(post.Text), Details(post.File), cancellationToken);
        if (await repository.CreateBranchAsync(branch, commit, cancellationToken))
        {
            return new PublishResult.Published(branch, post.File.Path, commit, post.Url ?? "");
        }

        // Another instance was faster.
        return await FindExistingAsync(branch, parent, day, cancellationToken)
            ?? throw new BlogRepositoryException($"The branch {branch} appeared and vanished again while the post was written. Run it again.");
    }

    /// <summary>The first day from <paramref name="from"/> on for which there is neither a branch nor a post of ours.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<DateOnly> NextFreeDayAsync(DateOnly from, CancellationToken cancellationToken)
    {
        var taken = (await OurBranchesAsync(cancellationToken)).Select(branch => branch.Branch.Day).ToHashSet();
        var parent = await FindBaseAsync(cancellationToken);
        var posts = PostsByDay(parent is null ? [] : await repository.ListPathsAsync(parent, cancellationToken));
        for (var day = from; ; day = day.AddDays(1))
        {
            if (!taken.Contains(day) && (parent is null || await OursAsync(parent, posts[day], cancellationToken) is null))
            {
                return day;
            }
        }
    }

    private Task<string?> FindBaseAsync(CancellationToken cancellationToken) => repository.FindBranchAsync(options.BaseBranch, cancellationToken);

    private async Task<PublishResult?> FindExistingAsync(string branch, string parent, DateOnly day, CancellationToken cancellationToken)
    {
        if (await repository.FindBranchAsync(branch, cancellationToken) is { } tip)
        {
            return await OurPostAsync(tip, day, cancellationToken) is { } path
                ? new PublishResult.AlreadyPublished(branch, path, tip)
                : new PublishResult.Rejected($"The branch {branch} exists but holds no generated post of that day. It may be somebody's work: remove or rename it, or take another day.");
        }

        return await OurPostAsync(parent, day, cancellationToken) is { } merged ? new PublishResult.AlreadyPublished(branch, merged, parent) : null;
    }

    private async Task<string?> OurPostAsync(string commit, DateOnly day, CancellationToken cancellationToken) =>
        await OursAsync(commit, PostsByDay(await repository.ListPathsAsync(commit, cancellationToken))[day], cancellationToken);

    private async Task<string?> OursAsync(string commit, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            var text = PostEncoding.Decode(await repository.ReadFileAsync(commit, path, cancellationToken), []);
            if (YamlValue.Boolean(FrontMatter.Parse(text, path).Find(PostFile.GeneratedKey)) == true)
            {
                return path;
            }
        }

        return null;
    }

    private static ILookup<DateOnly, string> PostsByDay(IReadOnlyList<string> paths) =>
        paths.Select(PostPath.TryParse).Where(post => post is { IsDraft: false, Date: not null }).ToLookup(post => post!.Date!.Value, post => post!.Value);

    private async Task<IReadOnlyList<(PostBranch Branch, string Commit)>> OurBranchesAsync(CancellationToken cancellationToken)
    {
        var branches = new List<(PostBranch, string)>();
        foreach (var head in await repository.ListBranchesAsync(PostBranch.Prefix, cancellationToken))
        {
            if (PostBranch.TryParse(head.Name, out var branch))
            {
                branches.Add((branch, head.Commit));
            }
        }

        return branches;
    }

    // Posts that wait on other branches will have a URL as well, and it is ours to keep them apart.
    private async Task<IReadOnlySet<string>> TakenSlugsAsync(string parent, CancellationToken cancellationToken)
    {
        var published = await repository.ListPathsAsync(parent, cancellationToken);
        var slugs = Slugs(published.Where(path => !blog.Paths.Contains(path))).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (_, commit) in (await OurBranchesAsync(cancellationToken)).TakeLast(WaitingBranches))
        {
            slugs.UnionWith(Slugs((await repository.ListPathsAsync(commit, cancellationToken)).Except(published)));
        }

        return slugs;

        static IEnumerable<string> Slugs(IEnumerable<string> paths) => paths.Select(PostPath.TryParse).Where(post => post is { IsDraft: false }).Select(post => post!.Slug);
    }

    private CommitDetails Details(PostFile post) => new(
        $"Add a generated post: {post.Title}\n\nModel {post.Provenance.Model}, corpus {post.Provenance.Corpus}, seed {post.Provenance.Seed}, {post.Provenance.Sampler}.",
        options.AuthorName,
        options.AuthorEmail,
        post.Date);
}
