using Pipeline.Functions.ConvertPost;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Functions.PublishPost;

/// <summary>What a new post must know of the blog, from the posts and settings in the store.</summary>
internal sealed class BlogSource(IBlobStore store, SiteConfigSource sites)
{
    /// <summary>Studies the blog as it is now.</summary>
    public async Task<BlogProfile> ReadAsync(CancellationToken cancellationToken)
    {
        var posts = new List<(string Path, string Content)>();
        await foreach (var entry in store.ListAsync(Containers.Posts, "", cancellationToken))
        {
            if (PostPath.IsPost(entry.Name.Path) && entry.Length <= PostReader.LargestPost
                && await store.ReadAsync(entry.Name, cancellationToken) is var (bytes, _))
            {
                posts.Add((entry.Name.Path, PostEncoding.Decode(bytes, [])));
            }
        }

        var site = posts.Count == 0 ? SiteConfig.Default("") : (await sites.ForAsync(posts[0].Path, cancellationToken)).Config;
        return BlogProfile.Read(posts, site);
    }
}
