namespace Pipeline.Posts;

/// <summary>One walk over a blog's folders: configurations, files under <c>_posts</c> and <c>_drafts</c>, and what was left out.</summary>
internal sealed class BlogWalk
{
    // A repository's folders are not nested deeper; a bound keeps a hostile one from taking for ever.
    private const int DeepestFolder = 32;
    private const int MostFolders = 100_000;

    private readonly string _root;
    private readonly string _realRoot;
    private readonly HashSet<(string RealPath, bool Posts)> _seen = [];
    private readonly List<string> _problems = [];

    private BlogWalk(string root, string realRoot) => (_root, _realRoot) = (root, realRoot);

    /// <summary>Paths of <c>_config.yml</c> files.</summary>
    public List<string> Configs { get; } = [];

    /// <summary>Paths of files under <c>_posts</c> or <c>_drafts</c>, in ordinal order.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Whether there is a folder <c>_posts</c>, empty or not.</summary>
    public bool HasPostsFolder { get; private set; }

    public IReadOnlyList<string> Problems => _problems;

    public static BlogWalk Over(string root, string realRoot)
    {
        var walk = new BlogWalk(root, realRoot);
        // Lists the top here, so that a failure of the blog's own folder is the caller's.
        _ = Directory.EnumerateFileSystemEntries(root).Any();
        var folders = new Stack<(Folder Folder, int Depth)>([(new Folder("", realRoot, Posts: false), 0)]);
        while (folders.TryPop(out var folder))
        {
            foreach (var child in walk.Enter(folder.Folder))
            {
                if (folder.Depth >= DeepestFolder || walk._seen.Count > MostFolders)
                {
                    walk._problems.Add($"{child.Path}: left out, since there are more folders than a blog can have.");
                    continue;
                }

                folders.Push((child, folder.Depth + 1));
            }
        }

        walk.Files.Sort(StringComparer.Ordinal);
        walk._problems.Sort(StringComparer.Ordinal);
        return walk;
    }

    private List<Folder> Enter(Folder folder)
    {
        var children = new List<Folder>();
        try
        {
            if (!_seen.Add((folder.RealPath, folder.Posts)))
            {
                return children;
            }

            foreach (var entry in new DirectoryInfo(Path.Combine(_root, folder.Path)).EnumerateFileSystemInfos())
            {
                Look(entry, folder, children);
            }
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            _problems.Add($"{folder.Path}: the folder cannot be read: {exception.Message} Allow this user to read it.");
        }

        return children;
    }

    private void Look(FileSystemInfo entry, Folder folder, List<Folder> children)
    {
        var name = entry.Name;
        var posts = folder.Posts;
        var path = folder.Path.Length == 0 ? name : $"{folder.Path}/{name}";
        var isFolder = entry is DirectoryInfo;
        var holdsPosts = posts || (isFolder && name is "_posts" or "_drafts");
        var isConfig = !isFolder && !posts && name is "_config.yml" or "_config.yaml";
        if (isFolder ? !holdsPosts && PostPath.IsIgnoredFolder(name) || (posts && name[0] == '.') : !posts && !isConfig)
        {
            return;
        }

        if (name.Contains('\\', StringComparison.Ordinal) || name.Any(char.IsControl) || name.Contains('\uFFFD', StringComparison.Ordinal))
        {
            _problems.Add($"{Printable(path)}: left out, since the name holds a backslash, a control character or bytes that are not UTF-8. Rename it.");
            return;
        }

        // Only a link leads elsewhere than its name says.
        var real = Path.Combine(folder.RealPath, name);
        if ((entry.Attributes & FileAttributes.ReparsePoint) != 0)
        {
            real = RealPath.Of(entry.FullName);
            if (real is null || !RealPath.IsInside(real, _realRoot))
            {
                _problems.Add(real is null
                    ? $"{path}: left out, since it is a link to nowhere."
                    : $"{path}: left out, since it is a link that leads out of the blog. Put a copy there.");
                return;
            }

            // A link to a folder above itself has no end.
            if (isFolder && RealPath.IsInside(RealPath.Of(Path.GetDirectoryName(entry.FullName)!) ?? entry.FullName, real))
            {
                return;
            }
        }

        if (isFolder)
        {
            HasPostsFolder |= name == "_posts";
            children.Add(new Folder(path, real, holdsPosts));
        }
        else if (isConfig)
        {
            Configs.Add(path);
        }
        else
        {
            Files.Add(path);
        }
    }

    private sealed record Folder(string Path, string RealPath, bool Posts);

    private static string Printable(string path) => string.Concat(path.Select(c => char.IsControl(c) ? '?' : c));
}
