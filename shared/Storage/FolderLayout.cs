using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Storage;

/// <summary>
/// Where a folder store keeps things: a blob at <c>{root}/{container}/{name}</c>, and what is not for people in
/// <c>{root}/.store</c>, a name that no container can have.
/// </summary>
internal sealed class FolderLayout
{
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);

    private readonly string _locks;
    private readonly string _metadata;

    /// <exception cref="BlobStoreException">The folder cannot be made or written.</exception>
    public FolderLayout(string root)
    {
        Root = Path.GetFullPath(root);
        Temporary = Path.Combine(Root, ".store", "temp");
        _locks = Path.Combine(Root, ".store", "locks");
        _metadata = Path.Combine(Root, ".store", "metadata");
        try
        {
            Directory.CreateDirectory(Temporary);
            Directory.CreateDirectory(_locks);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"The folder {Root} cannot be a store: {exception.Message.TrimEnd('.')}. Name a folder that is yours to write.", exception);
        }
    }

    /// <summary>The store's folder.</summary>
    public string Root { get; }

    /// <summary>Where blobs are written before they are renamed; in the same file system.</summary>
    public string Temporary { get; }

    /// <summary>The container's folder.</summary>
    public string ContainerOf(string container) => Path.Combine(Root, container);

    /// <summary>The blob's file.</summary>
    /// <exception cref="BlobStoreException">A symbolic link is on the way, which could lead out of the store.</exception>
    public string FileOf(BlobName name)
    {
        var path = ContainerOf(name.Container);
        RefuseLink(path, name);
        foreach (var part in name.Path.Split('/'))
        {
            path = Path.Combine(path, part);
            RefuseLink(path, name);
        }

        return path;
    }

    /// <summary>The file with the blob's metadata, if it has any.</summary>
    public string MetadataOf(BlobName name) => Path.Combine(_metadata, name.Container, $"{HashOf(name)}.json");

    /// <summary>The file whose lock guards the blob. Blobs share 256 of them, so that they do not pile up.</summary>
    public string LockOf(BlobName name) => Path.Combine(_locks, HashOf(name)[..2]);

    /// <summary>Removes what killed writers left. A file that is being written is locked by its writer.</summary>
    public void RemoveLeftovers(DateTimeOffset now)
    {
        foreach (var file in new DirectoryInfo(Temporary).EnumerateFiles().Where(file => now - file.LastWriteTimeUtc > LeftoverAge))
        {
            using var held = FileLock.TryAcquire(file.FullName, shared: false);
            if (held is not null)
            {
                file.Delete();
            }
        }
    }

    private static string HashOf(BlobName name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name.ToString())));

    private static void RefuseLink(string path, BlobName name)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new BlobStoreException($"The blob {name} is not read or written: {path} is a symbolic link to {target}. Put the file itself there.");
        }
    }
}
