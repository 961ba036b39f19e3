using System.Collections.Concurrent;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>
/// Models on the local disk, each downloaded once for all processes that share the folder. A file comes into a version's folder
/// only after its SHA-256 was found right, so a broken download goes on with the file it broke off in.
/// </summary>
/// <remarks>
/// A version is in use from <see cref="GetAsync"/> until <see cref="Release"/> or <see cref="Dispose"/>; the system ends the use of a
/// process that dies.
/// </remarks>
/// <param name="store">Where the models are published.</param>
/// <param name="cacheFolder">The cache's own folder; made if need be.</param>
/// <param name="options">How much it keeps.</param>
/// <param name="clock">Tells which version was used last; the system's if null.</param>
public sealed class ModelCache(IBlobStore store, string cacheFolder, ModelCacheOptions? options = null, TimeProvider? clock = null) : IDisposable
{
    private readonly ModelStore _models = new(store);
    private readonly CacheFolder _folder = new(cacheFolder, clock ?? TimeProvider.System);
    private readonly ConcurrentDictionary<string, CachedModel> _inUse = new();
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>A version's folder with all its files, each checked against the manifest.</summary>
    /// <exception cref="RegistryException">There is no such version, its manifest is not sound, or a file in the store is not as the manifest says.</exception>
    /// <exception cref="BlobStoreException">The store cannot be read.</exception>
    public async Task<string> GetAsync(string version, CancellationToken cancellationToken)
    {
        ManifestCheck.CheckVersion(version);
        // Outside the gate: the version that serves must not wait for the download of the next.
        if (_inUse.TryGetValue(version, out var known) && known.IsUnchanged())
        {
            _folder.Touch(version);
            return known.Folder;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_inUse.TryGetValue(version, out known) && known.IsUnchanged())
            {
                return known.Folder;
            }

            var use = known?.Use ?? await _folder.UseAsync(version, cancellationToken);
            try
            {
                var model = await FetchAsync(version, use, cancellationToken);
                _inUse[version] = model;
                return model.Folder;
            }
            catch
            {
                _inUse.TryRemove(version, out _);
                use.Dispose();
                throw;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Says that this process needs a version no longer, so that it may be removed when room is needed.</summary>
    public void Release(string version)
    {
        if (_inUse.TryRemove(version, out var model))
        {
            model.Use.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var version in _inUse.Keys)
        {
            Release(version);
        }

        _gate.Dispose();
    }

    private async Task<CachedModel> FetchAsync(string version, FileLock use, CancellationToken cancellationToken)
    {
        // One process downloads; the others wait and then find the files there.
        using var downloading = await _folder.LockDownloadAsync(version, cancellationToken);
        // The manifest is read from the store each time: the one beside the files could be damaged as they could.
        var manifest = await _models.ReadManifestAsync(version, cancellationToken)
            ?? throw new RegistryException($"The store has no model version {version}. It may have been deleted; choose another.");

        _folder.Touch(version);
        _folder.RemoveLeftovers(version);
        var missing = await _folder.MissingFilesAsync(manifest, cancellationToken);
        if (missing.Count > 0)
        {
            _folder.MakeRoom(version, (options ?? new ModelCacheOptions()).MaximumBytes - manifest.Length);
        }

        foreach (var path in missing)
        {
            await DownloadAsync(manifest, path, cancellationToken);
        }

        // For people and tools that open the folder; it is not read here.
        await AtomicFile.WriteAsync(_folder.FileOf(version, ModelManifest.FileName), manifest.ToJson(), cancellationToken);
        return CachedModel.Of(_folder.FolderOf(version), manifest, use);
    }

    private async Task DownloadAsync(ModelManifest manifest, string path, CancellationToken cancellationToken)
    {
        var name = ModelStore.BlobOf(manifest.Version, path);
        await using var content = await store.OpenAsync(name, cancellationToken)
            ?? throw new RegistryException($"The blob {name} is missing, though the manifest names it. Publish the model again under a new version.");
        await AtomicFile.WriteAsync(
            _folder.FileOf(manifest.Version, path),
            async (file, token) => await VerifiedCopy.RunAsync(content.Stream, file, manifest.Files[path], name, token),
            cancellationToken);
    }
}
