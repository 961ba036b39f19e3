namespace Pipeline.Posts;

/// <summary>Where a path really leads when every symbolic link in it is followed.</summary>
internal static class RealPath
{
    // As many as Linux follows before it says "too many levels of symbolic links".
    private const int MostLinks = 40;

    /// <summary>The full path without links; null if a link leads in a circle or to nowhere.</summary>
    public static string? Of(string path)
    {
        var rest = new Stack<string>(Split(Path.GetFullPath(path)).Reverse());
        var resolved = Path.GetPathRoot(Path.GetFullPath(path))!;
        var links = 0;
        while (rest.TryPop(out var name))
        {
            var next = Path.Combine(resolved, name);
            FileSystemInfo entry = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (entry.LinkTarget is not { } target)
            {
                if (!entry.Exists)
                {
                    return null;
                }

                resolved = next;
                continue;
            }

            if (++links > MostLinks)
            {
                return null;
            }

            var goal = Path.GetFullPath(target, resolved);
            resolved = Path.GetPathRoot(goal)!;
            foreach (var part in Split(goal).Reverse())
            {
                rest.Push(part);
            }
        }

        return resolved;
    }

    /// <summary>Whether a real path is a folder or lies in it.</summary>
    public static bool IsInside(string path, string folder) =>
        path == folder || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string[] Split(string full) =>
        full[Path.GetPathRoot(full)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
