namespace Pipeline.Storage;

/// <summary>Files that appear whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>How half-written files are named, hidden beside their targets.</summary>
    internal const string TemporaryPattern = ".*.tmp";

    /// <summary>Writes beside the target, flushes to the disk and renames; what was there before stays until then.</summary>
    /// <param name="path">The target; its folder is made if need be.</param>
    /// <param name="write">Writes the content.</param>
    public static async Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await write(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            Remove(temporary);
        }
    }

    /// <summary>Writes bytes the same way.</summary>
    public static Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        WriteAsync(path, async (stream, token) => await stream.WriteAsync(bytes, token), cancellationToken);

    /// <summary>Removes what a failed write left. After the rename there is nothing, and after some failures there never was.</summary>
    internal static void Remove(string temporary)
    {
        if (File.Exists(temporary))
        {
            File.Delete(temporary);
        }
    }
}
