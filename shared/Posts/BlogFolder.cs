using System.Collections.Concurrent;

namespace Pipeline.Posts;

/// <summary>A Jekyll blog in a folder: its configuration and its posts. Read-only; nothing outside the folder is ever read.</summary>
public sealed class BlogFolder
{
    private readonly string _root;
    private readonly string _realRoot;
    private readonly BlogWalk _walk;
    private readonly ConcurrentDictionary<string, string?> _realFolders = [];

    private BlogFolder(string root, string realRoot, BlogWalk walk, SiteConfig config, string? configPath)
    {
        _root = root;
        _realRoot = realRoot;
        _walk = walk;
        Config = config;
        ConfigPath = configPath;
    }

    /// <summary>What the configuration says; Jekyll's defaults if there is none.</summary>
    public SiteConfig Config { get; }

    /// <summary>The configuration's path in the folder; null if there is none.</summary>
    public string? ConfigPath { get; }

    /// <summary>The folder's full path.</summary>
    public string Root => _root;

    /// <summary>Files and folders that were left out and why, one sentence each, the path first.</summary>
    public IReadOnlyList<string> Problems => _walk.Problems;

    /// <summary>Opens a blog.</summary>
    /// <param name="directory">The folder of the blog's repository; <c>_config.yml</c> may lie in it or below it.</param>
    /// <exception cref="BlogException">The folder is missing, cannot be read or holds no blog.</exception>
    public static BlogFolder Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var root = Path.GetFullPath(directory);
        if (!Directory.Exists(root) || RealPath.Of(root) is not { } real)
        {
            throw new BlogException(File.Exists(root)
                ? $"{root} is a file: name the folder of the blog's repository."
                : $"There is no folder {root}: name the folder of the blog's repository.");
        }

        BlogWalk walk;
        try
        {
            walk = BlogWalk.Over(root, real);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new BlogException($"The folder {root} cannot be read: {exception.Message} Allow this user to read it.", exception);
        }

        var configPath = ChooseConfig(walk);
        if (configPath is null)
        {
            return walk.Files.Exists(PostPath.IsPost) || walk.HasPostsFolder
                ? new BlogFolder(root, real, walk, SiteConfig.Default(""), null)
                : throw new BlogException($"{root} is no Jekyll blog: it has neither a _config.yml nor a folder _posts. Name the folder of the blog's repository, or put posts named YYYY-MM-DD-title.md into {Path.Combine(root, "_posts")}.");
        }

        // Opened first without its configuration, which is read with the same care as a post.
        var folder = new BlogFolder(root, real, walk, SiteConfig.Default(""), configPath);
        var yaml = PostEncoding.Decode(folder.ReadPost(configPath).Span, []);
        return new BlogFolder(root, real, walk, SiteConfig.Parse(yaml, FolderOf(configPath)), configPath);
    }

    /// <summary>
    /// The posts that Jekyll would read, in the order of their paths: repository-relative, with forward slashes. Whether one is published,
    /// and whether its kind of file is converted, the reader decides.
    /// </summary>
    /// <param name="drafts">Whether files under <c>_drafts</c> count.</param>
    public IEnumerable<string> PostFiles(bool drafts) =>
        _walk.Files.Where(path => PostPath.TryParse(path) is { } post && (drafts || !post.IsDraft) && Config.Reads(path));

    /// <summary>The bytes of a post.</summary>
    /// <param name="path">Its path in the folder, with forward slashes.</param>
    /// <exception cref="BlogException">The file is missing, cannot be read, lies outside the folder or is larger than <see cref="PostReader.LargestPost"/>.</exception>
    public ReadOnlyMemory<byte> ReadPost(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Path.IsPathRooted(path) || Array.Exists(path.Split('/'), segment => segment is ".." or "." or ""))
        {
            throw new BlogException($"{path} is no path inside the blog.");
        }

        try
        {
            var file = WithoutLinks(path);
            // A pipe or a device has no length, and opening one could wait for ever.
            return file.Length == 0 ? ReadOnlyMemory<byte>.Empty : file.Length <= PostReader.LargestPost
                ? ReadAtMost(file)
                : throw new BlogException($"{path} has {file.Length / 1048576.0:0.0} MB, more than the {PostReader.LargestPost / 1048576} MB that are read; split the post or move its data into a file of its own.");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new BlogException($"{path} cannot be read: {exception.Message} Allow this user to read it.", exception);
        }
    }

    private FileInfo WithoutLinks(string path)
    {
        var name = path.LastIndexOf('/') + 1;
        var folder = _realFolders.GetOrAdd(path[..name], static (folder, root) => RealPath.Of(Path.Combine(root, folder)), _root);
        var real = folder is null ? null : Path.Combine(folder, path[name..]);
        // One look at the file serves its kind, its attributes and its length.
        var file = real is null ? null : new FileInfo(real);
        if (file is not null && (file.Attributes & FileAttributes.ReparsePoint) != 0)
        {
            file = RealPath.Of(real!) is { } target ? new FileInfo(target) : null;
        }

        if (file is null || (file.Attributes & FileAttributes.Directory) != 0)
        {
            throw new BlogException($"{path} is no file: it was moved, or it is a link to nowhere.");
        }

        return RealPath.IsInside(file.FullName, _realRoot)
            ? file
            : throw new BlogException($"{path} is a link that leads out of the blog and was not read; put a copy of the file there.");
    }

    private static byte[] ReadAtMost(FileInfo file)
    {
        using var handle = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        var done = 0;
        while (done < bytes.Length && RandomAccess.Read(handle, bytes.AsSpan(done), done) is > 0 and var read)
        {
            done += read;
        }

        return done == bytes.Length ? bytes : bytes[..done];
    }

    // The configuration nearest to the top that has posts of its own; one of a theme's demonstration or of its tests may lie deeper.
    private static string? ChooseConfig(BlogWalk walk)
    {
        var configs = walk.Configs.OrderBy(path => path.Count(c => c == '/')).ThenBy(path => path, StringComparer.Ordinal).ToList();
        var owners = walk.Files
            .Where(PostPath.IsPost)
            .Select(post => configs.LastOrDefault(config => FolderOf(config) is var folder && (folder.Length == 0 || post.StartsWith(folder + "/", StringComparison.Ordinal))))
            .ToHashSet();
        return configs.Find(owners.Contains) ?? configs.FirstOrDefault();
    }

    private static string FolderOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";
}
