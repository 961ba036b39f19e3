using Pipeline.Storage;

namespace Pipeline.Backups;

/// <summary>Restores a backup: everything is verified before anything is written, and what announces the rest is written last.</summary>
/// <param name="target">Where the backup lies.</param>
/// <param name="store">The store to fill.</param>
/// <param name="folders">Further folders by the name of their place; entries of other places are left out.</param>
public sealed class RestoreRun(BackupTarget target, IBlobStore store, IReadOnlyDictionary<string, string> folders)
{
    private const string Manifest = "manifest.json";

    /// <summary>What triggers and names the rest comes after it.</summary>
    private static readonly string[] Order =
        [Containers.Posts, Containers.Documents, Containers.Corpora, Containers.Runs, Containers.Models, Containers.Feedback, Containers.Published, Containers.Registry];

    /// <summary>Restores it.</summary>
    /// <param name="name">The backup's name; null takes the newest.</param>
    /// <param name="replace">Whether a store that holds something is made what the backup is: what is not in it is deleted.</param>
    /// <param name="cancellationToken">Gives up; run again with <paramref name="replace"/> it goes on.</param>
    /// <returns>The backup's name and index.</returns>
    /// <exception cref="BackupException">There is no such backup, it is damaged, or the store holds something.</exception>
    /// <exception cref="FormatException">The backup is of a newer format.</exception>
    public async Task<(string Name, BackupIndex Index)> RunAsync(string? name, bool replace, CancellationToken cancellationToken)
    {
        name ??= await target.ListAsync(cancellationToken) is [.., var newest]
            ? newest
            : throw new BackupException("There is no backup here. Name the folder or account that 'backup' was given.");
        var index = await target.ReadAsync(name, cancellationToken);
        var present = await PresentAsync(cancellationToken);
        if (present.Count > 0 && !replace)
        {
            throw new BackupException($"The store holds {present.Count} blobs already, {present[0]} for one. Restore into an empty one, or say --replace to make it what the backup is.");
        }

        foreach (var entry in index.Entries.DistinctBy(entry => entry.Sha256))
        {
            await target.VerifyAsync(entry.Sha256, entry.Length, cancellationToken);
        }

        var blobs = index.Entries.Where(entry => entry.Place == BackupIndex.StorePlace).Select(entry => (Entry: entry, Blob: NameOf(entry))).ToList();
        foreach (var gone in present.Except(blobs.Select(pair => pair.Blob)))
        {
            await store.DeleteAsync(gone, BlobCondition.None, cancellationToken);
        }

        foreach (var (entry, blob) in blobs.OrderBy(pair => Array.IndexOf(Order, pair.Blob.Container)).ThenBy(pair => pair.Blob.Path.EndsWith(Manifest, StringComparison.Ordinal)))
        {
            await using var content = await target.OpenAsync(entry.Sha256, cancellationToken);
            await store.WriteAsync(blob, content.Stream, BlobCondition.None, entry.Metadata, cancellationToken);
        }

        await RestoreFilesAsync(index, cancellationToken);
        return (name, index);
    }

    private async Task<List<BlobName>> PresentAsync(CancellationToken cancellationToken)
    {
        var present = new List<BlobName>();
        foreach (var container in Containers.All)
        {
            present.AddRange(await store.ListAsync(container, "", cancellationToken).Select(entry => entry.Name).ToListAsync(cancellationToken));
        }

        return present;
    }

    private async Task RestoreFilesAsync(BackupIndex index, CancellationToken cancellationToken)
    {
        foreach (var (place, folder) in folders)
        {
            var files = index.Entries.Where(entry => entry.Place == place).ToList();
            if (files.Count > 0 && Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            foreach (var file in files)
            {
                var path = Path.Combine(folder, file.Name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await using var content = await target.OpenAsync(file.Sha256, cancellationToken);
                await AtomicFile.WriteAsync(path, (stream, token) => content.Stream.CopyToAsync(stream, token), cancellationToken);
            }

            // Git takes a folder for a repository only with these, which hold no file once everything is packed.
            if (files.Any(file => file.Name == ".git/HEAD"))
            {
                Directory.CreateDirectory(Path.Combine(folder, ".git", "refs", "heads"));
                Directory.CreateDirectory(Path.Combine(folder, ".git", "objects"));
            }
        }
    }

    private static BlobName NameOf(BackupEntry entry)
    {
        var slash = entry.Name.IndexOf('/', StringComparison.Ordinal);
        return new(entry.Name[..slash], entry.Name[(slash + 1)..]);
    }
}
