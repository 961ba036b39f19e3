using System.Collections.Frozen;
using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>The files of a blog's folder that belong into its repository.</summary>
internal sealed class BlogFiles
{
    // A repository of its own, and what Jekyll and this product make.
    private static readonly FrozenSet<string> Skipped = FrozenSet.ToFrozenSet([".git", "_site", ".jekyll-cache", ".sass-cache", ".pipeline"], StringComparer.Ordinal);

    private readonly List<BlogFile> _regular = [];
    private readonly List<(string Path, string Target)> _links = [];
    private readonly List<string> _leftOut = [];

    /// <summary>Files with content, in the order of their paths.</summary>
    public IReadOnlyList<BlogFile> Regular => _regular;

    /// <summary>Links within the blog, and where they point.</summary>
    public IReadOnlyList<(string Path, string Target)> Links => _links;

    /// <summary>What was left out and why.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>Lists a folder.</summary>
    /// <param name="root">The blog's full path.</param>
    /// <param name="repository">The full path of the repository, which may lie in the blog's folder and is no part of it.</param>
    /// <exception cref="BlogRepositoryException">The folder is missing or cannot be read.</exception>
    public static BlogFiles Of(string root, string repository)
    {
        var files = new BlogFiles();
        try
        {
            if (!Directory.Exists(root) || RealPath.Of(root) is not { } real)
            {
                throw new BlogRepositoryException($"There is no folder {root}: name the folder of the blog.");
            }

            files.Add(new DirectoryInfo(real), "", real, repository);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BlogRepositoryException($"The folder {root} cannot be read: {exception.Message} Allow this user to read it.", exception);
        }

        return files;
    }

    private void Add(DirectoryInfo folder, string prefix, string root, string repository)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = prefix + entry.Name;
            if (Skipped.Contains(entry.Name) || entry.FullName == repository)
            {
                continue;
            }

            if (entry.LinkTarget is { } target)
            {
                AddLink(entry, path, target, root);
            }
            else if (entry is DirectoryInfo inner)
            {
                Add(inner, path + "/", root, repository);
            }
            else
            {
                AddFile((FileInfo)entry, path);
            }
        }
    }

    private void AddLink(FileSystemInfo entry, string path, string target, string root)
    {
        if (Path.IsPathRooted(target) || RealPath.Of(entry.FullName) is not { } real || !RealPath.IsInside(real, root))
        {
            _leftOut.Add($"{path}: a link that leads out of the blog, or nowhere; put a copy of the file there.");
            return;
        }

        _links.Add((path, target));
    }

    private void AddFile(FileInfo file, string path)
    {
        // Anything but a file (a pipe, a socket), or a name whose bytes are no text, cannot be opened under this path.
        if (!file.Exists || (file.Attributes & FileAttributes.Device) != 0 || path.Contains('\uFFFD', StringComparison.Ordinal))
        {
            _leftOut.Add($"{path}: not a file that can be read.");
            return;
        }

        if (file.Length > 0 && !IsReadable(file))
        {
            _leftOut.Add($"{path}: cannot be read; allow this user to read it.");
            return;
        }

        var executable = !OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.UserExecute) != 0;
        _regular.Add(new BlogFile(path, file.FullName, executable));
    }

    private static bool IsReadable(FileInfo file)
    {
        try
        {
            using var stream = file.OpenRead();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
