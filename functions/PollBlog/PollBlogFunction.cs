using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.PollBlog;

/// <summary>Runs on a timer: looks at the blog on GitHub for what no webhook told, be it that there is none or that a delivery was lost. An unchanged blog costs two calls without an answer's body.</summary>
internal sealed class PollBlogFunction(BlogConnection blog, PullRequestOutcomes outcomes, SyncLog log) : ITimerFunction
{
    /// <inheritdoc />
    public async Task RunAsync(TimerTrigger timer, CancellationToken cancellationToken)
    {
        if (blog.Sync is null)
        {
            return;
        }

        log.Write(await blog.Sync.RunAsync(push: null, cancellationToken));
        await outcomes.RecordOpenAsync(cancellationToken);
    }
}
