using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>A version that this process uses: its folder, and how its files looked when they were last found right.</summary>
internal sealed class CachedModel
{
    private readonly IReadOnlyDictionary<string, (long Length, DateTime Modified)> _files;

    private CachedModel(string folder, FileLock use, IReadOnlyDictionary<string, (long Length, DateTime Modified)> files)
    {
        Folder = folder;
        Use = use;
        _files = files;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Keeps the version from being removed.</summary>
    public FileLock Use { get; }

    /// <summary>Remembers how the files look now.</summary>
    public static CachedModel Of(string folder, ModelManifest manifest, FileLock use) =>
        new(folder, use, manifest.Files.Keys.Select(path => Path.Combine(folder, path)).ToDictionary(path => path, Look));

    /// <summary>Whether no file was touched since; if not, its bytes need not be read again.</summary>
    public bool IsUnchanged() => _files.All(file => Look(file.Key) == file.Value);

    private static (long Length, DateTime Modified) Look(string path) =>
        new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc) : (-1, default);
}
