using System.Globalization;
using System.Security.Cryptography;
using Pipeline.Storage;

namespace Pipeline.Backups;

/// <summary>Where backups lie: a container of a folder or storage account, with bytes under their hash and an index a backup.</summary>
/// <param name="store">The folder or account.</param>
/// <param name="container">The container.</param>
public sealed class BackupTarget(IBlobStore store, string container)
{
    /// <summary>The usual container.</summary>
    public const string UsualContainer = "backups";

    private const string Indices = "index/";
    private const string NameForm = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>The name of a backup of a time.</summary>
    public static string NameOf(DateTimeOffset time) => time.UtcDateTime.ToString(NameForm, CultureInfo.InvariantCulture);

    /// <summary>The names of all backups, the oldest first.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => await store.ListAsync(container, Indices, cancellationToken)
        .Select(entry => entry.Name.Path[Indices.Length..])
        .Where(name => name.EndsWith(".json", StringComparison.Ordinal))
        .Select(name => name[..^".json".Length])
        .ToListAsync(cancellationToken);

    /// <summary>Reads a backup's index.</summary>
    /// <exception cref="BackupException">There is none.</exception>
    /// <exception cref="FormatException">It is damaged or of a newer format.</exception>
    public async Task<BackupIndex> ReadAsync(string name, CancellationToken cancellationToken) =>
        await store.ReadAsync(IndexOf(name), cancellationToken) is var (bytes, _)
            ? BackupIndex.FromJson(bytes, $"The backup {name}")
            : throw new BackupException($"There is no backup {name}. There are: {string.Join(", ", await ListAsync(cancellationToken))}.");

    /// <summary>Writes a backup's index, which makes it one. Another of the same second keeps its name, and this one is a second younger.</summary>
    /// <returns>The backup's name.</returns>
    public async Task<string> WriteAsync(BackupIndex index, CancellationToken cancellationToken)
    {
        for (var time = index.Created; ; time += TimeSpan.FromSeconds(1))
        {
            try
            {
                await store.WriteAsync(IndexOf(NameOf(time)), index.ToJson(), BlobCondition.Absent, cancellationToken);
                return NameOf(time);
            }
            catch (BlobConditionException)
            {
                // Taken: a second backup within a second.
            }
        }
    }

    /// <summary>Whether bytes of a hash are there, in full length.</summary>
    public async Task<bool> HasAsync(string sha256, long length, CancellationToken cancellationToken) =>
        await store.FindAsync(ObjectOf(sha256), cancellationToken) is { } entry && entry.Length == length;

    /// <summary>Writes bytes under their hash and reads them back.</summary>
    /// <exception cref="BackupException">What is there then has another hash.</exception>
    public async Task PutAsync(string sha256, long length, Stream content, CancellationToken cancellationToken)
    {
        await store.WriteAsync(ObjectOf(sha256), content, BlobCondition.None, metadata: null, cancellationToken);
        try
        {
            await VerifyAsync(sha256, length, cancellationToken);
        }
        catch (BackupException)
        {
            // Under that name it would be taken for what it is not.
            await store.DeleteAsync(ObjectOf(sha256), BlobCondition.None, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Reads bytes and compares their hash.</summary>
    /// <exception cref="BackupException">They are gone or damaged.</exception>
    public async Task VerifyAsync(string sha256, long length, CancellationToken cancellationToken)
    {
        await using var content = await OpenAsync(sha256, cancellationToken);
        if (content.Entry.Length != length || await HashAsync(content.Stream, cancellationToken) != sha256)
        {
            throw new BackupException($"The backup is damaged: {content.Entry.Name} has not the SHA-256 that its name says. Take another backup.");
        }
    }

    /// <summary>Opens bytes by their hash; the caller disposes the result.</summary>
    /// <exception cref="BackupException">They are gone.</exception>
    public async Task<BlobContent> OpenAsync(string sha256, CancellationToken cancellationToken) =>
        await store.OpenAsync(ObjectOf(sha256), cancellationToken) ?? throw new BackupException($"The backup is damaged: {ObjectOf(sha256)} is gone. Take another backup.");

    /// <summary>SHA-256 of a stream, lower-case hexadecimal.</summary>
    internal static async Task<string> HashAsync(Stream stream, CancellationToken cancellationToken) => Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));

    private BlobName ObjectOf(string sha256) => new(container, $"objects/{sha256[..2]}/{sha256}");

    private BlobName IndexOf(string name) => new(container, $"{Indices}{name}.json");
}
