using System.Text;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Tokenization;

/// <summary>The raw texts of the test blogs' posts and drafts.</summary>
internal static class BlogTexts
{
    /// <summary>Every post of every blog, in the order of its path.</summary>
    public static IReadOnlyList<(string Path, string Text)> All { get; } = Read();

    /// <summary>The texts of one blog.</summary>
    public static IEnumerable<string> Of(string blog) =>
        All.Where(post => post.Path.StartsWith(blog + Path.DirectorySeparatorChar, StringComparison.Ordinal)).Select(post => post.Text);

    private static List<(string, string)> Read()
    {
        var blogs = ProjectFolders.Shared("blogs");
        return
        [
            .. from file in Directory.EnumerateFiles(blogs, "*", SearchOption.AllDirectories)
               let path = Path.GetRelativePath(blogs, file)
               where path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "_posts" or "_drafts")
               orderby path
               select (path, Encoding.UTF8.GetString(File.ReadAllBytes(file))),
        ];
    }
}
