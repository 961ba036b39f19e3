using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pipeline.Storage;

/// <summary>
/// Blobs as plain files at <c>{root}/{container}/{name}</c>. A file that somebody puts there by hand is a blob too.
/// </summary>
/// <remarks>
/// The ETag is the file's time and length. A writer stamps the time under a lock between processes and never twice the same, so
/// conditions hold between any number of processes on one machine, and readers need no lock. A blob and a folder cannot have one
/// name here: with <c>a</c> there can be no <c>a/b</c>.
/// </remarks>
public sealed class FolderBlobStore(string root, TimeProvider clock) : IBlobStore
{
    private const int CopyBytes = 128 * 1024;
    private const int MostTries = 100;

    private readonly FolderLayout _layout = new(root);
    private readonly FolderGuard _guard = new(root);
    private int _leftoversRemoved;

    /// <inheritdoc />
    public Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_guard.Run(name, "read", () => Open(name)));
    }

    /// <inheritdoc />
    public Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_guard.Run(name, "read", () => Find(name, _layout.FileOf(name))));
    }

    /// <inheritdoc />
    public async Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        BlobMetadata.Check(metadata);
        // A condition that fails already now saves the copying; what counts is the second look, under the lock.
        _guard.Run(name, "written", () => Check(name, condition, ETagOf(_layout.FileOf(name))));
        if (Interlocked.Exchange(ref _leftoversRemoved, 1) == 0)
        {
            _layout.RemoveLeftovers(clock.GetUtcNow());
        }

        var temporary = Path.Combine(_layout.Temporary, Path.GetRandomFileName());
        try
        {
            await StageAsync(name, content, temporary, cancellationToken);
            return await _guard.RunAsync(name, "written", () => PutInPlaceAsync(name, temporary, condition, metadata ?? BlobMetadata.Empty, cancellationToken));
        }
        finally
        {
            AtomicFile.Remove(temporary);
        }
    }

    /// <inheritdoc />
    public Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken) => _guard.RunAsync(name, "deleted", async () =>
    {
        using var held = await FileLock.AcquireAsync(_layout.LockOf(name), shared: false, cancellationToken);
        var path = _layout.FileOf(name);
        var current = ETagOf(path);
        Check(name, condition, current);
        if (current is null)
        {
            return false;
        }

        File.Delete(path);
        DeleteMetadata(name);
        RemoveEmptyFolders(name, path);
        return true;
    });

    /// <inheritdoc />
    public async IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckContainer(container);
        using var names = FolderListing.Names(_layout.ContainerOf(container), prefix).GetEnumerator();
        while (_guard.Run(container, "listed", names.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = new BlobName(container, names.Current);
            // Null: deleted since the folder was read.
            if (await FindAsync(name, cancellationToken) is { } entry)
            {
                yield return entry;
            }
        }
    }

    private BlobContent? Open(BlobName name)
    {
        var path = _layout.FileOf(name);
        while (true)
        {
            if (!File.Exists(path))
            {
                return null;
            }

            FileStream? file = null;
            try
            {
                file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, CopyBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
                var modified = File.GetLastWriteTimeUtc(file.SafeFileHandle);
                var length = file.Length;
                if (MetadataOf(name, path, ETag(modified, length)) is { } metadata)
                {
                    var opened = new BlobContent(new BlobEntry(name, ETag(modified, length), length, modified, metadata), file);
                    file = null;
                    return opened;
                }
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            finally
            {
                file?.Dispose();
            }
        }
    }

    private BlobEntry? Find(BlobName name, string path)
    {
        while (true)
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            var etag = ETag(file.LastWriteTimeUtc, file.Length);
            if (MetadataOf(name, path, etag) is { } metadata)
            {
                return new BlobEntry(name, etag, file.Length, file.LastWriteTimeUtc, metadata);
            }
        }
    }

    /// <summary>The metadata of one version, or null if the version was replaced meanwhile and its metadata is gone.</summary>
    private IReadOnlyDictionary<string, string>? MetadataOf(BlobName name, string path, string etag) =>
        FolderMetadata.Read(_layout.MetadataOf(name))?.Versions.GetValueOrDefault(etag)
        ?? (ETagOf(path) == etag ? BlobMetadata.Empty : null);

    /// <summary>Copies the content to the disk. What fails on the content's side is the caller's own exception.</summary>
    private async Task StageAsync(BlobName name, Stream content, string temporary, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopyBytes];
        await using var file = _guard.Run(name, "written", () => new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous));
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            await _guard.RunAsync(name, "written", async () =>
            {
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                return true;
            });
        }

        _guard.Run(name, "written", () => file.Flush(flushToDisk: true));
    }

    private async Task<string> PutInPlaceAsync(BlobName name, string temporary, BlobCondition condition, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        using var held = await FileLock.AcquireAsync(_layout.LockOf(name), shared: false, cancellationToken);
        var path = _layout.FileOf(name);
        var current = ETagOf(path);
        Check(name, condition, current);

        var length = new FileInfo(temporary).Length;
        var stamp = held.NextStamp(clock);
        // Only a file that somebody put there by hand can have the time that was just given out.
        stamp = ETag(stamp, length) == current ? held.NextStamp(clock) : stamp;
        File.SetLastWriteTimeUtc(temporary, stamp);

        var etag = ETag(stamp, length);
        if (metadata.Count > 0)
        {
            await WriteMetadataAsync(name, current, etag, metadata, cancellationToken);
        }

        Rename(temporary, name, path);
        if (metadata.Count == 0)
        {
            DeleteMetadata(name);
        }

        return etag;
    }

    private async Task WriteMetadataAsync(BlobName name, string? current, string etag, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var file = _layout.MetadataOf(name);
        var versions = new Dictionary<string, IReadOnlyDictionary<string, string>> { [etag] = metadata };
        if (current is not null && FolderMetadata.Read(file)?.Versions.GetValueOrDefault(current) is { } old)
        {
            versions[current] = old;
        }

        await new FolderMetadata(name.ToString(), versions).WriteAsync(file, cancellationToken);
    }

    private static void Rename(string temporary, BlobName name, string path)
    {
        if (Directory.Exists(path))
        {
            throw new BlobStoreException($"The blob {name} cannot be written: there is a folder of that name, {path}. Move it away or choose another name.");
        }

        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Move(temporary, path, overwrite: true);
                return;
            }
            catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException && tries < MostTries && File.Exists(temporary))
            {
                // A delete of the folder's last blob removed the folder in between.
            }
        }
    }

    private void DeleteMetadata(BlobName name)
    {
        var file = _layout.MetadataOf(name);
        if (File.Exists(file))
        {
            File.Delete(file);
        }
    }

    private void RemoveEmptyFolders(BlobName name, string path)
    {
        var container = _layout.ContainerOf(name.Container);
        for (var folder = Path.GetDirectoryName(path)!; folder != container; folder = Path.GetDirectoryName(folder)!)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                // Not empty, or gone already: either way this is as far as it goes.
                return;
            }
        }
    }

    private static string? ETagOf(string path) => new FileInfo(path) is { Exists: true } file ? ETag(file.LastWriteTimeUtc, file.Length) : null;

    private static string ETag(DateTime modified, long length) => string.Create(CultureInfo.InvariantCulture, $"{modified.Ticks:x}-{length:x}");

    private static void Check(BlobName name, BlobCondition condition, string? current)
    {
        var holds = condition switch
        {
            BlobCondition.MustBeAbsent => current is null,
            BlobCondition.MustMatch match => match.ETag == current,
            _ => true,
        };
        if (!holds)
        {
            throw new BlobConditionException(name);
        }
    }
}
