using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>Brings the store's <c>posts</c> in line with a blog on this machine: what changed is written, what is gone is removed.</summary>
internal sealed class BlogFolderImport(IBlobStore store)
{
    /// <summary>What an import did.</summary>
    /// <param name="Posts">Posts that the blog has.</param>
    /// <param name="Written">Posts and settings that were new or changed.</param>
    /// <param name="Removed">Posts that the blog no longer has.</param>
    /// <param name="Problems">Files that could not be taken, and why.</param>
    public sealed record Result(int Posts, int Written, int Removed, IReadOnlyList<string> Problems);

    /// <summary>Imports a blog.</summary>
    public async Task<Result> RunAsync(BlogFolder blog, bool drafts, CancellationToken cancellationToken)
    {
        var problems = new List<string>(blog.Problems);
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var written = 0;
        // The settings first: every post is read by them.
        if (blog.ConfigPath is { } config)
        {
            kept.Add(config);
            written += await WriteAsync(config, blog.ReadPost(config), cancellationToken);
        }

        var posts = 0;
        foreach (var path in blog.PostFiles(drafts))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                written += await WriteAsync(path, blog.ReadPost(path), cancellationToken);
                kept.Add(path);
                posts++;
            }
            catch (Exception exception) when (exception is BlogException or ArgumentException or IOException or UnauthorizedAccessException
                && !DiskFull.Is(exception))
            {
                problems.Add(exception is BlogException ? exception.Message : $"{path}: {exception.Message}");
            }
        }

        return new(posts, written, await RemoveAsync(kept, cancellationToken), problems);
    }

    private async Task<int> WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var name = new BlobName(Containers.Posts, path);
        if (await store.FindAsync(name, cancellationToken) is { } entry && entry.Length == bytes.Length
            && await store.ReadAsync(name, cancellationToken) is var (stored, _) && stored.AsSpan().SequenceEqual(bytes.Span))
        {
            return 0;
        }

        await store.WriteAsync(name, bytes.ToArray(), BlobCondition.None, cancellationToken);
        return 1;
    }

    private async Task<int> RemoveAsync(HashSet<string> kept, CancellationToken cancellationToken)
    {
        var gone = new List<BlobName>();
        await foreach (var entry in store.ListAsync(Containers.Posts, "", cancellationToken))
        {
            if (!kept.Contains(entry.Name.Path))
            {
                gone.Add(entry.Name);
            }
        }

        var documents = new DocumentStore(store);
        foreach (var name in gone)
        {
            // The document first: a crash between the two leaves a post that the next import removes again.
            await documents.DeleteAsync(name.Path, cancellationToken);
            await store.DeleteAsync(name, BlobCondition.None, cancellationToken);
        }

        return gone.Count;
    }
}
