using Pipeline.Functions.Hosting;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Functions.ConvertPost;

/// <summary>
/// Runs for each blob of <c>posts</c>: a post becomes its document; the blog's settings make every document anew, since dates and
/// tags are read by them.
/// </summary>
internal sealed partial class ConvertPostFunction(
    IBlobStore store, DocumentStore documents, SiteConfigSource sites, PipelineSettings settings, TimeProvider clock, ILogger<ConvertPostFunction> logger) : IBlobFunction
{
    /// <inheritdoc />
    public async Task RunAsync(BlobTrigger blob, CancellationToken cancellationToken)
    {
        if (SiteConfigSource.IsConfig(blob.Path))
        {
            var converted = 0;
            await foreach (var document in documents.ReadAllAsync(cancellationToken))
            {
                await ConvertAsync(document.Path, cancellationToken);
                converted++;
            }

            Log.SettingsRead(logger, blob.Path, converted);
        }
        else if (PostPath.IsPost(blob.Path))
        {
            await ConvertAsync(blob.Path, cancellationToken);
        }
        else
        {
            Log.NoPost(logger, blob.Path);
        }
    }

    private async Task ConvertAsync(string path, CancellationToken cancellationToken)
    {
        // Events come late and out of order: the store, not the event, says what the post is now.
        if (await store.ReadAsync(new BlobName(Containers.Posts, path), cancellationToken) is not var (bytes, _))
        {
            await documents.DeleteAsync(path, cancellationToken);
            return;
        }

        var site = await sites.ForAsync(path, cancellationToken);
        var reader = new PostReader(site, settings.ReaderOptions, clock);
        await documents.WriteAsync(reader.Read(path, bytes), cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Read the blog's settings {Path} and converted {Count} posts anew.")]
        public static partial void SettingsRead(ILogger logger, string path, int count);

        [LoggerMessage(2, LogLevel.Information, "{Path} is no post and is left alone.")]
        public static partial void NoPost(ILogger logger, string path);
    }
}
