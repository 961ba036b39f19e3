using System.Text.Json;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;
using Pipeline.Storage;

namespace Pipeline.Functions.HandleGitHubEvent;

/// <summary>Works off what a webhook told: posts that were pushed, a pull request that was closed, a comment that asks for something.</summary>
internal sealed class HandleGitHubEventFunction(BlogConnection blog, PullRequestOutcomes outcomes, CommentCommands comments, SyncLog log) : IBlobFunction
{
    /// <inheritdoc />
    public async Task RunAsync(BlobTrigger blob, CancellationToken cancellationToken)
    {
        if (blog.Sync is null || JsonSerializer.Deserialize(blob.Content, GitHubEventJson.Default.GitHubEvent) is not { } told)
        {
            return;
        }

        StoredForm.Check(told.Format, GitHubEvent.CurrentFormat, $"The event {told.Delivery}");

        if (told.Push is { Branch: not null } push)
        {
            log.Write(await blog.Sync.RunAsync(push, cancellationToken));
        }

        if (told.Closed is { } number)
        {
            await outcomes.RecordAsync(number, cancellationToken);
        }

        if (told.Comment is { } comment)
        {
            await comments.ActAsync(comment, cancellationToken);
        }
    }
}
