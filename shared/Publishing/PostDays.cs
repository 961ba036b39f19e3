using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>Which days have a post of ours: on a branch, in the blog, or in a pull request that the owner has closed.</summary>
/// <param name="repository">The blog's repository.</param>
/// <param name="pullRequests">Its pull requests; null where there are none.</param>
/// <param name="options">The base branch.</param>
public sealed class PostDays(IBlogRepository repository, IPullRequests? pullRequests, PublishOptions options)
{
    /// <summary>The newest commit of the blog; null if it has no such branch.</summary>
    public Task<string?> FindBaseAsync(CancellationToken cancellationToken) => repository.FindBranchAsync(options.BaseBranch, cancellationToken);

    /// <summary>What there is for a day; null if there is nothing.</summary>
    /// <param name="day">The day.</param>
    /// <param name="parent">The newest commit of the blog.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<PublishResult?> FindAsync(DateOnly day, string parent, CancellationToken cancellationToken)
    {
        var branch = new PostBranch(day).ToString();
        if (await repository.FindBranchAsync(branch, cancellationToken) is { } tip)
        {
            if ((await OurPostAsync(tip, day, cancellationToken) ?? await TakenOverAsync(tip, day, parent, cancellationToken)) is not { } path)
            {
                return new PublishResult.Rejected($"The branch {branch} exists but holds no generated post of that day. It may be somebody's work: remove or rename it, or take another day.");
            }

            return path.Length == 0
                ? new PublishResult.Skipped($"A person took the generated post of {day:yyyy-MM-dd} off the branch {branch}; the day gets no second one.")
                : new PublishResult.AlreadyPublished(branch, path, tip) { PullRequest = pullRequests is null ? null : await pullRequests.FindAsync(branch, cancellationToken) };
        }

        if (await OurPostAsync(parent, day, cancellationToken) is { } merged)
        {
            return new PublishResult.AlreadyPublished(branch, merged, parent);
        }

        // Its branch deleted: merged under another name or taken out again, or not wanted.
        return pullRequests is not null && await pullRequests.FindAsync(branch, cancellationToken) is { } gone
            ? new PublishResult.Skipped($"Pull request {gone.Number} was the post of {day:yyyy-MM-dd} and is {(gone.State == PullRequestState.Merged ? "merged" : "closed")}; the day gets no second one.")
            : null;
    }

    /// <summary>The first day from <paramref name="from"/> on for which there is nothing.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<DateOnly> NextFreeAsync(DateOnly from, CancellationToken cancellationToken)
    {
        var parent = await FindBaseAsync(cancellationToken);
        var posts = PostsByDay(parent is null ? [] : await repository.ListPathsAsync(parent, cancellationToken));
        for (var day = from; ; day = day.AddDays(1))
        {
            var branch = new PostBranch(day).ToString();
            if (await repository.FindBranchAsync(branch, cancellationToken) is null
                && (parent is null || await OursAsync(parent, posts[day], cancellationToken) is null)
                && (pullRequests is null || await pullRequests.FindAsync(branch, cancellationToken) is null))
            {
                return day;
            }
        }
    }

    /// <summary>Why a further pull request would be one too many; null if it would not.</summary>
    /// <param name="day">The day, whose own pull request does not count.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<PublishResult?> WaitingAsync(DateOnly day, CancellationToken cancellationToken)
    {
        if (pullRequests is null)
        {
            return null;
        }

        var branch = new PostBranch(day).ToString();
        var open = (await pullRequests.ListOpenAsync(cancellationToken)).Where(head => head.Name != branch).Select(head => head.Name).ToList();
        return open.Count < options.MostOpen
            ? null
            : new PublishResult.Skipped($"{open.Count} pull requests of ours wait already ({string.Join(", ", open.Take(10))}). Merge or close one; then there are new posts again.");
    }

    /// <summary>Our newest version of a day's post on a branch, whatever people have put on top; null if the branch has no commit of ours.</summary>
    /// <param name="tip">The branch's newest commit.</param>
    /// <param name="day">The day.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<OwnVersion?> FindOursAsync(string tip, DateOnly day, CancellationToken cancellationToken) => new BranchHistory(repository, this).FindOursAsync(tip, day, cancellationToken);

    /// <summary>Our post of a day in a commit; null if it has none.</summary>
    internal async Task<string?> OurPostAsync(string commit, DateOnly day, CancellationToken cancellationToken) =>
        await OursAsync(commit, PostsByDay(await repository.ListPathsAsync(commit, cancellationToken))[day], cancellationToken);

    // A person may have taken out what marks a post as ours, or given it another name; empty if the post itself is gone, null if it never was there.
    private async Task<string?> TakenOverAsync(string tip, DateOnly day, string parent, CancellationToken cancellationToken)
    {
        if (await FindOursAsync(tip, day, cancellationToken) is not { } ours)
        {
            return null;
        }

        var paths = await repository.ListPathsAsync(tip, cancellationToken);
        return paths.Contains(ours.Path) ? ours.Path
            : PostsByDay([.. paths.Except(await repository.ListPathsAsync(parent, cancellationToken))])[day].FirstOrDefault() ?? "";
    }

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
}
