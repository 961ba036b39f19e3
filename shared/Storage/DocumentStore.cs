using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Posts;

namespace Pipeline.Storage;

/// <summary>The documents, one blob a post: <c>documents/{post path}.json</c>.</summary>
public sealed class DocumentStore(IBlobStore store)
{
    private const string Extension = ".json";
    private const int LongestPart = 255;
    private const int LongestPath = 1024;
    private const int HashDigits = 16;

    // Reads under way at a time: hides a remote store's latency, keeps memory flat.
    private const int ReadAhead = 16;

    /// <summary>Where the document of a post lies.</summary>
    /// <exception cref="ArgumentException">No blob can have the post's path.</exception>
    public static BlobName BlobOf(string path)
    {
        var slash = path.LastIndexOf('/') + 1;
        var tooLong = Encoding.UTF8.GetByteCount(path.AsSpan(slash)) + Extension.Length > LongestPart || path.Length + Extension.Length > LongestPath;
        return new BlobName(Containers.Documents, tooLong ? $"{path[..slash]}{Shortened(path)}{Extension}" : $"{path}{Extension}");
    }

    /// <summary>Writes a document over what was there.</summary>
    public Task WriteAsync(PostDocument document, CancellationToken cancellationToken) => WriteAsync(document, BlobCondition.None, cancellationToken);

    /// <summary>Writes a document if the condition holds.</summary>
    /// <exception cref="BlobConditionException">It does not.</exception>
    public async Task WriteAsync(PostDocument document, BlobCondition condition, CancellationToken cancellationToken) =>
        await store.WriteAsync(BlobOf(document.Path), document.ToJson(), condition, cancellationToken);

    /// <summary>A document's bytes, null if there is none, and the condition that nobody has changed it since.</summary>
    public async Task<(byte[]? Bytes, BlobCondition Unchanged)> ReadVersionAsync(string path, CancellationToken cancellationToken) =>
        await store.ReadAsync(BlobOf(path), cancellationToken) is var (bytes, entry) ? (bytes, BlobCondition.Matches(entry.ETag)) : (null, BlobCondition.Absent);

    /// <summary>The document of a post, or null if there is none.</summary>
    /// <exception cref="FormatException">The blob is no document, or one of a newer format; the message names it.</exception>
    public Task<PostDocument?> ReadAsync(string path, CancellationToken cancellationToken) => ReadAsync(BlobOf(path), cancellationToken);

    /// <summary>All documents in the order of their names.</summary>
    /// <exception cref="FormatException">A blob is no document, or one of a newer format; the message names it.</exception>
    public async IAsyncEnumerable<PostDocument> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reads = new Queue<Task<PostDocument?>>();
        try
        {
            await foreach (var entry in store.ListAsync(Containers.Documents, "", cancellationToken))
            {
                if (entry.Name.Path.EndsWith(Extension, StringComparison.Ordinal))
                {
                    reads.Enqueue(ReadAsync(entry.Name, stop.Token));
                }

                if (reads.Count == ReadAhead && await reads.Dequeue() is { } document)
                {
                    yield return document;
                }
            }

            while (reads.TryDequeue(out var read))
            {
                if (await read is { } document)
                {
                    yield return document;
                }
            }
        }
        finally
        {
            // The caller may stop early or a read may fail: none is left running.
            await stop.CancelAsync();
            await Task.WhenAll(reads.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Deletes the document of a post.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> DeleteAsync(string path, CancellationToken cancellationToken) => DeleteAsync(path, BlobCondition.None, cancellationToken);

    /// <summary>Deletes the document of a post if the condition holds.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BlobConditionException">The condition does not hold.</exception>
    public Task<bool> DeleteAsync(string path, BlobCondition condition, CancellationToken cancellationToken) => store.DeleteAsync(BlobOf(path), condition, cancellationToken);

    private async Task<PostDocument?> ReadAsync(BlobName name, CancellationToken cancellationToken)
    {
        // Null: deleted since it was listed.
        if (await store.ReadAsync(name, cancellationToken) is not var (bytes, _))
        {
            return null;
        }

        try
        {
            return PostDocument.FromJson(bytes);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"The blob {name} cannot be read: {exception.Message} Delete it and read the post anew.", exception);
        }
    }

    /// <summary>The beginning of a long file name and a hash of the whole path; the document itself holds the path.</summary>
    private static string Shortened(string path)
    {
        const int Kept = 40;
        var name = path[(path.LastIndexOf('/') + 1)..];
        var end = char.IsHighSurrogate(name[Math.Min(Kept, name.Length) - 1]) ? Kept - 1 : Math.Min(Kept, name.Length);
        return $"{name[..end]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..HashDigits]}";
    }
}
