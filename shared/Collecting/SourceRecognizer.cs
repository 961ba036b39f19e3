using System.Text;
using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>Tells from the content what kind of source a file is.</summary>
public static class SourceRecognizer
{
    private const int HeadLength = 16 * 1024;

    /// <summary>Opens a source on this machine.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="kind">What it is; null to recognise it.</param>
    /// <exception cref="BlogException">There is no such file, or it is of no known kind.</exception>
    public static IPostSource Open(string path, string name, SourceKind? kind)
    {
        if (!File.Exists(path))
        {
            throw new BlogException($"There is no file {path}: name a feed's file or https address, or a WordPress export.");
        }

        return (kind ?? Recognize(path)) switch
        {
            SourceKind.Feed => new FeedSource(path, name),
            SourceKind.WordPress => new WordPressSource(path),
            _ => throw new BlogException($"{name} is neither an Atom or RSS feed nor a WordPress export. If it is one, say which with --kind."),
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
            _ => null,
        };
    }

    private static string Head(string path)
    {
        using var stream = File.OpenRead(path);
        var bytes = new byte[HeadLength];
        var length = stream.ReadAtLeast(bytes, HeadLength, throwOnEndOfStream: false);
        // In UTF-16 every other byte of markup is zero.
        return Encoding.Latin1.GetString(bytes, 0, length).Replace("\0", "", StringComparison.Ordinal);
    }
}
