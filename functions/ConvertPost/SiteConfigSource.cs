using System.Collections.Concurrent;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Functions.ConvertPost;

/// <summary>The blog's settings for a post, from the nearest <c>_config.yml</c> in the store at or above the post's folder.</summary>
internal sealed class SiteConfigSource(IBlobStore store)
{
    private const string FileName = "_config.yml";

    private readonly ConcurrentDictionary<string, (string ETag, SiteConfig Config)> parsed = new(StringComparer.Ordinal);

    /// <summary>Whether a blob of <c>posts</c> holds a blog's settings.</summary>
    public static bool IsConfig(string path) => path == FileName || path.EndsWith("/" + FileName, StringComparison.Ordinal);

    /// <summary>The settings that a post is read by, and a stamp that is another one for other settings.</summary>
    public async Task<(SiteConfig Config, string Stamp)> ForAsync(string postPath, CancellationToken cancellationToken)
    {
        for (var folder = ParentOf(postPath); ; folder = ParentOf(folder))
        {
            var name = new BlobName(Containers.Posts, folder.Length == 0 ? FileName : $"{folder}/{FileName}");
            if (await store.FindAsync(name, cancellationToken) is { } entry)
            {
                return await ReadAsync(name, entry.ETag, folder, cancellationToken);
            }

            if (folder.Length == 0)
            {
                return (SiteConfig.Default(""), "");
            }
        }
    }

    private async Task<(SiteConfig Config, string Stamp)> ReadAsync(BlobName name, string etag, string folder, CancellationToken cancellationToken)
    {
        if (parsed.TryGetValue(name.Path, out var known) && known.ETag == etag)
        {
            return (known.Config, StampOf(name, etag));
        }

        if (await store.ReadAsync(name, cancellationToken) is not var (bytes, entry))
        {
            return (SiteConfig.Default(folder), "");
        }

        var config = SiteConfig.Parse(PostEncoding.Decode(bytes, []), folder);
        parsed[name.Path] = (entry.ETag, config);
        return (config, StampOf(name, entry.ETag));
    }

    private static string StampOf(BlobName name, string etag) => $"{name} {etag}";

    private static string ParentOf(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";
}
