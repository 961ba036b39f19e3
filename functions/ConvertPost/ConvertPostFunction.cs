using Pipeline.Functions.Hosting;
using Pipeline.Posts;
using Pipeline.Privacy;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Storage;

namespace Pipeline.Functions.ConvertPost;

/// <summary>
/// Runs for each blob of <c>posts</c>: a post becomes its document; the blog's settings make every document anew, since dates and
/// tags are read by them.
/// </summary>
internal sealed partial class ConvertPostFunction(
    IBlobStore store, DocumentStore documents, PostRecords records, SiteConfigSource sites, PipelineSettings settings, TimeProvider clock, ILogger<ConvertPostFunction> logger) : IBlobFunction
{
    // From this share of words on a post counts as the person's who changed them.
    private const double Rewritten = 0.3;

    private readonly ForgottenPosts forgotten = new(store, clock);

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

    /// <summary>
    /// Makes a post's document what the store's post and settings say now. Events come late, twice, out of order and at once: the document is
    /// changed only if nobody changed it since the post was read, so that an older reading never replaces a newer one.
    /// </summary>
    private async Task ConvertAsync(string path, CancellationToken cancellationToken)
    {
        if (await forgotten.ContainsAsync(path, cancellationToken))
        {
            await documents.DeleteAsync(path, cancellationToken);
            await store.DeleteAsync(new BlobName(Containers.Posts, path), BlobCondition.None, cancellationToken);
            Log.Forgotten(logger, ForgottenPosts.NameOf(path));
            return;
        }

        while (true)
        {
            // In this order: who writes the document after this look has read the post after it, too.
            var (present, condition) = await documents.ReadVersionAsync(path, cancellationToken);
            try
            {
                if (await store.ReadAsync(new BlobName(Containers.Posts, path), cancellationToken) is not var (bytes, _))
                {
                    if (present is not null)
                    {
                        await documents.DeleteAsync(path, condition, cancellationToken);
                    }

                    return;
                }

                var (site, stamp) = await sites.ForAsync(path, cancellationToken);
                var options = settings.ReaderOptions with { Generated = await IsRewrittenAsync(path, bytes, cancellationToken) };
                var made = new PostReader(site, options, clock).Read(path, bytes);
                if (present is null || !present.AsSpan().SequenceEqual(made.ToJson()))
                {
                    await documents.WriteAsync(made, condition, cancellationToken);
                }

                // Settings that changed meanwhile converted what was there then: not a document that is new.
                if (present is not null || (await sites.ForAsync(path, cancellationToken)).Stamp == stamp)
                {
                    return;
                }
            }
            catch (BlobConditionException)
            {
                // Another run was here first: look again.
            }
        }
    }

    // A model must not learn from models; but what a person has made of a generated post is that person's.
    private async Task<bool> IsRewrittenAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        var text = PostEncoding.Decode(bytes, []);
        if (PostPath.TryParse(path)?.Date is not { } day
            || !text.Contains(PostFile.GeneratedKey, StringComparison.Ordinal)
            || (await records.ReadAsync(day, cancellationToken))?.Record.Text is not { } written)
        {
            return false;
        }

        return WordChange.Rewritten(FrontMatter.Parse(written, path).Body, FrontMatter.Parse(text.Replace("\r\n", "\n", StringComparison.Ordinal), path).Body) > Rewritten;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Read the blog's settings {Path} and converted {Count} posts anew.")]
        public static partial void SettingsRead(ILogger logger, string path, int count);

        [LoggerMessage(3, LogLevel.Information, "The post with the hash {Post} is to be forgotten and was removed again.")]
        public static partial void Forgotten(ILogger logger, string post);

        [LoggerMessage(2, LogLevel.Information, "{Path} is no post and is left alone.")]
        public static partial void NoPost(ILogger logger, string path);
    }
}
