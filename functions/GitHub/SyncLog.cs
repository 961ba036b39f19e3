using Pipeline.GitHub;

namespace Pipeline.Functions.GitHub;

/// <summary>Says what came from the blog.</summary>
internal sealed partial class SyncLog(ILogger<SyncLog> logger)
{
    /// <summary>Logs a result; nothing for a blog that did not change.</summary>
    public void Write(SyncResult result)
    {
        if (result.Way == SyncWay.Unchanged)
        {
            return;
        }

        Log.Read(logger, result.Commit, result.Way, result.Posts, result.Written, result.Removed);
        foreach (var problem in result.Problems.Take(50))
        {
            Log.Problem(logger, problem);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The blog is at {Commit} (found by {Way}): {Posts} posts, {Written} written, {Removed} removed.")]
        public static partial void Read(ILogger logger, string commit, SyncWay way, int posts, int written, int removed);

        [LoggerMessage(2, LogLevel.Warning, "{Problem}")]
        public static partial void Problem(ILogger logger, string problem);
    }
}
