using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>The files of a folder and of those below it in the order of their paths: none that is hidden, linked or another program's.</summary>
internal static class FolderFiles
{
    // A bound keeps a hostile folder from taking for ever.
    private const int DeepestFolder = 32;
    private const int MostFiles = 1_000_000;

    /// <summary>Paths below the folder, with forward slashes; what cannot be looked into is told to the log.</summary>
    public static IReadOnlyList<string> Of(string folder, string name, CollectLog log)
    {
        var files = new List<string>();
        var open = new Stack<(string Path, int Depth)>([("", 0)]);
        while (open.TryPop(out var next) && files.Count < MostFiles)
        {
            try
            {
                foreach (var entry in new DirectoryInfo(Path.Combine(folder, next.Path)).EnumerateFileSystemInfos())
                {
                    var path = next.Path.Length == 0 ? entry.Name : $"{next.Path}/{entry.Name}";
                    if (entry.Name.StartsWith('.') || entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                    {
                        continue;
                    }

                    if (!entry.Attributes.HasFlag(FileAttributes.Directory))
                    {
                        files.Add(path);
                    }
                    else if (next.Depth < DeepestFolder && entry.Name is not "node_modules")
                    {
                        open.Push((path, next.Depth + 1));
                    }
                }
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
            {
                log.Problem($"{name}: {(next.Path.Length == 0 ? "the folder" : next.Path)} cannot be looked into: {exception.Message} Allow this user to read it.");
            }
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>Reads a file; null, and a line in the log, if that cannot be.</summary>
    public static byte[]? Read(string folder, string path, string name, CollectLog log)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, path));
            if (file.Length <= PostReader.LargestPost)
            {
                return File.ReadAllBytes(file.FullName);
            }

            log.Problem($"{name}: {path} has {file.Length / 1048576.0:0.0} MB, more than the {PostReader.LargestPost / 1048576} MB of a post; it was left out. Split it.");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            log.Problem($"{name}: {path} cannot be read: {exception.Message} It was left out; allow this user to read it.");
        }

        return null;
    }
}
