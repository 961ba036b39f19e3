using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>Looks below a person's commits for ours. Only first parents count: what was merged into the branch is not what the branch is about.</summary>
/// <param name="repository">The blog's repository.</param>
/// <param name="days">Finds a commit's post of a day.</param>
internal sealed class BranchHistory(IBlogRepository repository, PostDays days)
{
    // Each costs a call. Ours is not found below more commits, and the post is then taken for a person's.
    private const int MostCommits = 50;

    /// <summary>Our newest version of a day's post; null if the branch no longer has a commit of ours.</summary>
    /// <param name="tip">The branch's newest commit.</param>
    /// <param name="day">The day.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<OwnVersion?> FindOursAsync(string tip, DateOnly day, CancellationToken cancellationToken)
    {
        await foreach (var (commit, message) in WalkAsync(tip, cancellationToken))
        {
            if (CommitMark.Find(message) is { } mark && CommitMark.IsOf(mark, day) && await days.OurPostAsync(commit, day, cancellationToken) is { } path)
            {
                var content = await repository.ReadFileAsync(commit, path, cancellationToken);
                if (CommitMark.Of(day, path, content) == mark)
                {
                    return new OwnVersion(commit, path, PostEncoding.Decode(content, []));
                }
            }
        }

        return null;
    }

    /// <summary>Whether a branch stands on a commit.</summary>
    /// <param name="tip">The branch's newest commit.</param>
    /// <param name="commit">The commit to look for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public ValueTask<bool> HoldsAsync(string tip, string commit, CancellationToken cancellationToken) =>
        WalkAsync(tip, cancellationToken).AnyAsync(entry => entry.Commit == commit, cancellationToken);

    private async IAsyncEnumerable<(string Commit, string Message)> WalkAsync(
        string tip, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var commit = tip;
        for (var number = 0; number < MostCommits && commit is not null; number++)
        {
            var info = await repository.ReadCommitAsync(commit, cancellationToken);
            yield return (commit, info.Message);
            commit = info.Parents.Count > 0 ? info.Parents[0] : null;
        }
    }
}
