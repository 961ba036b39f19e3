using System.Text;
using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>Tells from the content what kind of source a file or a folder is.</summary>
public static class SourceRecognizer
{
    private const int HeadLength = 16 * 1024;

    /// <summary>Opens a source on this machine.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="kind">What it is; null to recognise it.</param>
    /// <param name="options">Which posts are wanted.</param>
    /// <param name="clock">Tells which dates lie in the future.</param>
    /// <exception cref="BlogException">There is no such source, or it is of no known kind.</exception>
    public static IPostSource Open(string path, string name, SourceKind? kind, CollectOptions options, TimeProvider clock)
    {
        if (Directory.Exists(path))
        {
            return FolderRecognizer.Open(path, name, kind, options, clock);
        }

        if (!File.Exists(path))
        {
            throw new BlogException($"There is no file or folder {path}: name a blog's folder or git address, a feed's file or https address, or an archive.");
        }

        return (kind ?? Recognize(path)) switch
        {
            SourceKind.Feed => new FeedSource(path, name),
            SourceKind.WordPress => new WordPressSource(path),
            SourceKind.X => new XArchiveSource([path], [], name, options),
            SourceKind.Mastodon => new MastodonSource(path, name, options),
            SourceKind.Texts or SourceKind.Hugo or SourceKind.Astro => new TextFolderSource(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path), name, kind ?? SourceKind.Texts, clock),
            SourceKind.Jekyll => throw new BlogException($"{name} is a file: name the folder of the Jekyll blog."),
            _ => throw new BlogException($"{name} is no feed, no WordPress export, no archive of X or Mastodon and no Markdown, HTML or text. If it is one of them, say which with --kind."),
        };
    }

    private static SourceKind? Recognize(string path)
    {
        var head = Head(path);
        return head switch
        {
            _ when head.Contains(WordPressSource.Namespace, StringComparison.Ordinal) => SourceKind.WordPress,
            _ when head.Contains("<rss", StringComparison.OrdinalIgnoreCase) || head.Contains("<feed", StringComparison.Ordinal)
                || head.Contains("<rdf:RDF", StringComparison.Ordinal) => SourceKind.Feed,
            _ when head.StartsWith("window.YTD.", StringComparison.Ordinal) || head.StartsWith("Grailbird.", StringComparison.Ordinal) => SourceKind.X,
            _ when head.StartsWith('{') && (head.Contains("activitystreams", StringComparison.Ordinal) || head.Contains("\"orderedItems\"", StringComparison.Ordinal)) => SourceKind.Mastodon,
            _ => Path.GetExtension(path).ToLowerInvariant() is ".md" or ".markdown" or ".mdx" or ".html" or ".htm" or ".txt" ? SourceKind.Texts : null,
        };
    }

    private static string Head(string path)
    {
        using var stream = File.OpenRead(path);
        var bytes = new byte[HeadLength];
        var length = stream.ReadAtLeast(bytes, HeadLength, throwOnEndOfStream: false);
        // In UTF-16 every other byte of markup is zero, and the mark at a file's start says nothing here.
        return Encoding.Latin1.GetString(bytes, 0, length).Replace("\0", "", StringComparison.Ordinal).TrimStart('\u00EF', '\u00BB', '\u00BF', '\u00FF', '\u00FE', ' ', '\n', '\r', '\t');
    }
}
