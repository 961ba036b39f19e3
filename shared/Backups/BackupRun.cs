using Pipeline.Storage;

namespace Pipeline.Backups;

/// <summary>What a backup did.</summary>
/// <param name="Name">The backup's name.</param>
/// <param name="Index">What is in it.</param>
/// <param name="Written">Entries whose bytes were not in an earlier one.</param>
public sealed record BackupSummary(string Name, BackupIndex Index, int Written);

/// <summary>Backs up a store, and folders beside it, while the product goes on: what the registry names was there before it was named.</summary>
/// <param name="source">The store.</param>
/// <param name="folders">Further folders by the name of their place; those that are missing are left out.</param>
/// <param name="target">Where it goes.</param>
/// <param name="clock">Names the backup.</param>
public sealed class BackupRun(IBlobStore source, IReadOnlyDictionary<string, string> folders, BackupTarget target, TimeProvider clock)
{
    // Who changes a blob more often than this while it is copied changes it all the time.
    private const int MostTries = 5;

    /// <summary>The registry first, then what it names.</summary>
    private static readonly string[] Order =
        [Containers.Registry, Containers.Published, Containers.Feedback, Containers.Posts, Containers.Documents, Containers.Corpora, Containers.Runs, Containers.Models];

    private int _written;

    /// <summary>Makes the backup; every byte that is written is read back and compared.</summary>
    /// <exception cref="BackupException">Something changes faster than it can be copied, or the target does not keep what is written.</exception>
    public async Task<BackupSummary> RunAsync(CancellationToken cancellationToken)
    {
        _written = 0;
        var created = clock.GetUtcNow();
        var entries = new List<BackupEntry>();
        foreach (var container in Order)
        {
            foreach (var blob in await source.ListAsync(container, "", cancellationToken).ToListAsync(cancellationToken))
            {
                if (await CopyAsync($"{container}/{blob.Name.Path}", BackupIndex.StorePlace, () => OpenAsync(blob.Name, cancellationToken), cancellationToken) is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }

        foreach (var (place, folder) in folders.Where(pair => Directory.Exists(pair.Value)))
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (var file in Directory.EnumerateFiles(folder, "*", options).Order(StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
                if (await CopyAsync(name, place, () => OpenFile(file), cancellationToken) is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }

        var index = new BackupIndex { Created = created, Entries = entries };
        return new(await target.WriteAsync(index, cancellationToken), index, _written);
    }

    // Null: deleted since it was listed.
    private async Task<BackupEntry?> CopyAsync(string name, string place, Func<Task<Opened?>> open, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            BackupEntry entry;
            await using (var first = await open())
            {
                if (first is null)
                {
                    return null;
                }

                var counted = new CountingStream(first.Stream);
                entry = new(place, name, await BackupTarget.HashAsync(counted, cancellationToken), counted.Count, first.Metadata is { Count: > 0 } metadata ? metadata : null);
            }

            if (await target.HasAsync(entry.Sha256, entry.Length, cancellationToken))
            {
                return entry;
            }

            await using var second = await open();
            if (second is null)
            {
                return null;
            }

            try
            {
                await target.PutAsync(entry.Sha256, entry.Length, second.Stream, cancellationToken);
                _written++;
                return entry;
            }
            catch (BackupException) when (tries + 1 < MostTries)
            {
                // It was changed between the two readings: what was written is no entry's, and the next try replaces it or leaves it behind.
            }
        }

        throw new BackupException($"{name} changes faster than it can be copied. Stop what writes it, and run the backup again.");
    }

    private async Task<Opened?> OpenAsync(BlobName name, CancellationToken cancellationToken) =>
        await source.OpenAsync(name, cancellationToken) is { } content ? new(content.Stream, content.Entry.Metadata) : null;

    private static Task<Opened?> OpenFile(string path)
    {
        try
        {
            return Task.FromResult<Opened?>(new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), null));
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult<Opened?>(null);
        }
    }

    private sealed record Opened(Stream Stream, IReadOnlyDictionary<string, string>? Metadata) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Stream.DisposeAsync();
    }
}
