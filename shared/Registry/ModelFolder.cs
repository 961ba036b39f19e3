using System.Security.Cryptography;

namespace Pipeline.Registry;

/// <summary>The files of a model in a local folder.</summary>
internal static class ModelFolder
{
    private const int BufferBytes = 1 << 20;

    /// <summary>All files but the manifest, by path with forward slashes. Hidden files, such as half-written ones, and links are left out.</summary>
    public static async Task<IReadOnlyDictionary<string, ModelFile>> DescribeAsync(string folder, CancellationToken cancellationToken)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };
        var files = new SortedDictionary<string, ModelFile>(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", options))
        {
            var path = Path.GetRelativePath(folder, file.FullName).Replace('\\', '/');
            if (path != ModelManifest.FileName)
            {
                files.Add(path, new ModelFile(await HashAsync(file.FullName, cancellationToken), file.Length));
            }
        }

        return files;
    }

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = Open(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    /// <summary>Opens a file to read from its beginning to its end.</summary>
    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
