using System.IO.Enumeration;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>
/// A model cache's folder: <c>{version}/</c> with the model's files, and <c>.locks/</c> with two lock files a version: one held alone
/// while downloading or removing, one shared by the version's users, whose time says when it was last used.
/// </summary>
internal sealed class CacheFolder
{
    private readonly string _root;
    private readonly string _locks;
    private readonly TimeProvider _clock;

    public CacheFolder(string root, TimeProvider clock)
    {
        _root = Path.GetFullPath(root);
        _locks = Path.Combine(_root, ".locks");
        _clock = clock;
        try
        {
            Directory.CreateDirectory(_locks);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RegistryException($"The folder {_root} cannot hold models: {exception.Message} Name a folder that is yours to write.", exception);
        }
    }

    public string FolderOf(string version) => Path.Combine(_root, version);

    public string FileOf(string version, string path) => Path.Combine(_root, version, path);

    /// <summary>Takes part in using a version; while it is held, the version is not removed.</summary>
    public Task<FileLock> UseAsync(string version, CancellationToken cancellationToken) => FileLock.AcquireAsync(UseFile(version), shared: true, cancellationToken);

    /// <summary>Waits to be the only one who downloads a version.</summary>
    public Task<FileLock> LockDownloadAsync(string version, CancellationToken cancellationToken) => FileLock.AcquireAsync(DownloadFile(version), shared: false, cancellationToken);

    /// <summary>Notes that a version is used now.</summary>
    public void Touch(string version) => File.SetLastWriteTimeUtc(UseFile(version), _clock.GetUtcNow().UtcDateTime);

    /// <summary>Removes what a killed download left half-written. Needs the download's lock.</summary>
    public void RemoveLeftovers(string version)
    {
        var folder = new DirectoryInfo(FolderOf(version));
        foreach (var file in folder.Exists ? folder.EnumerateFiles(AtomicFile.TemporaryPattern, SearchOption.AllDirectories) : [])
        {
            file.Delete();
        }
    }

    /// <summary>The files that are not there or whose bytes are not the manifest's.</summary>
    public async Task<IReadOnlyList<string>> MissingFilesAsync(ModelManifest manifest, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (var (path, promised) in manifest.Files)
        {
            var file = new FileInfo(FileOf(manifest.Version, path));
            if (!file.Exists || file.LinkTarget is not null || file.Length != promised.Length || await ModelFolder.HashAsync(file.FullName, cancellationToken) != promised.Sha256)
            {
                missing.Add(path);
            }
        }

        return missing;
    }

    /// <summary>Removes the least recently used other versions until the rest fit; a version that any process uses stays.</summary>
    /// <param name="except">The version that the room is for.</param>
    /// <param name="bytes">What all others together may have.</param>
    public void MakeRoom(string except, long bytes)
    {
        var versions = new DirectoryInfo(_root).EnumerateDirectories()
            .Where(folder => folder.Name != except && folder.Name[0] != '.')
            .Select(folder => (folder.Name, Length: LengthOf(folder), Used: File.GetLastWriteTimeUtc(UseFile(folder.Name))))
            .OrderBy(version => version.Used).ThenBy(version => version.Name, StringComparer.Ordinal)
            .ToList();
        var total = versions.Sum(version => version.Length);
        foreach (var version in versions)
        {
            if (total > bytes && TryRemove(version.Name))
            {
                total -= version.Length;
            }
        }
    }

    private bool TryRemove(string version)
    {
        using var use = FileLock.TryAcquire(UseFile(version), shared: false);
        using var download = use is null ? null : FileLock.TryAcquire(DownloadFile(version), shared: false);
        if (download is null)
        {
            return false;
        }

        // Another process may have removed it since it was found.
        var folder = FolderOf(version);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return true;
    }

    // What is renamed or removed meanwhile counts for nothing.
    private static long LengthOf(DirectoryInfo folder)
    {
        try
        {
            return new FileSystemEnumerable<long>(
                folder.FullName, (ref entry) => entry.IsDirectory ? 0 : entry.Length, new() { RecurseSubdirectories = true, AttributesToSkip = 0 }).Sum();
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private string UseFile(string version) => Path.Combine(_locks, $"{version}.use");

    private string DownloadFile(string version) => Path.Combine(_locks, $"{version}.download");
}
