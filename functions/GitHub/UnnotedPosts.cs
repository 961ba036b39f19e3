using Pipeline.GitHub;
using Pipeline.Publishing;

namespace Pipeline.Functions.GitHub;

/// <summary>Posts whose run ended between opening the pull request and noting it.</summary>
internal static class UnnotedPosts
{
    /// <summary>
    /// The record with its pull request, as the run would have noted it: a person may have been faster, and the branch's own history then
    /// tells what we wrote. A record that has one, or whose branch has no commit of ours, stays as it is.
    /// </summary>
    /// <param name="blog">The blog on GitHub.</param>
    /// <param name="record">The day's record.</param>
    /// <param name="request">The pull request of its branch.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<PostRecord> AdoptAsync(this BlogConnection blog, PostRecord record, PullRequest request, CancellationToken cancellationToken)
    {
        if (record is not { PullRequest: null, Reason: null })
        {
            return record;
        }

        var target = await blog.OpenAsync(cancellationToken);
        var days = new PostDays(target.Repository, target.PullRequests, target.Options);
        return await days.FindOursAsync(request.Head.Sha, record.Card.Day, cancellationToken) is { } ours
            ? record with { Branch = request.Head.Ref, Path = ours.Path, Commit = ours.Commit, Text = ours.Text, PullRequest = new(request.Number, request.HtmlUrl, PullRequestState.Open), Done = true }
            : record;
    }
}
