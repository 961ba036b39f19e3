using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>Tells from what lies in a folder what kind of source it is.</summary>
internal static class FolderRecognizer
{
    private static readonly string[] HugoFiles = ["hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config/_default"];
    private static readonly string[] AstroFiles = ["astro.config.mjs", "astro.config.js", "astro.config.ts", "astro.config.mts", "astro.config.cjs", "src/content"];

    /// <summary>Opens a folder.</summary>
    /// <exception cref="BlogException">It is not what <paramref name="kind"/> says.</exception>
    public static IPostSource Open(string folder, string name, SourceKind? kind, CollectOptions options, TimeProvider clock) => (kind ?? Recognize(folder)) switch
    {
        SourceKind.X => XArchive(folder, name, options),
        SourceKind.Mastodon => File.Exists(Path.Combine(folder, "outbox.json"))
            ? new MastodonSource(Path.Combine(folder, "outbox.json"), name, options)
            : throw new BlogException($"{name} holds no outbox.json: name the folder that a Mastodon archive was unpacked to."),
        SourceKind.Jekyll => new JekyllSource(folder, name, clock),
        SourceKind.Hugo => new TextFolderSource(Below(folder, "content"), null, name, SourceKind.Hugo, clock),
        SourceKind.Astro => new TextFolderSource(Below(folder, "src", "content"), null, name, SourceKind.Astro, clock),
        SourceKind.Texts => new TextFolderSource(folder, null, name, SourceKind.Texts, clock),
        var other => throw new BlogException($"{name} is a folder, and a source of kind {other} is a file: name the file."),
    };

    private static SourceKind Recognize(string folder)
    {
        return Tweets(folder).Count > 0 ? SourceKind.X
            : Has("outbox.json") ? SourceKind.Mastodon
            : Has("_config.yml") || Has("_posts") ? SourceKind.Jekyll
            : Has("content") && HugoFiles.Any(Has) ? SourceKind.Hugo
            : AstroFiles.Any(Has) ? SourceKind.Astro
            // A blog may lie below the repository's top.
            : Jekyll() ? SourceKind.Jekyll
            : SourceKind.Texts;

        bool Has(string path) => Path.Exists(Path.Combine(folder, path));

        bool Jekyll() => Directory.EnumerateDirectories(folder, "_posts", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }).Any();
    }

    private static XArchiveSource XArchive(string folder, string name, CollectOptions options)
    {
        var tweets = Tweets(folder);
        return tweets.Count > 0
            ? new(tweets, Files(folder, "note-tweet*.js"), name, options)
            : throw new BlogException($"{name} holds no tweets.js: name the folder that an archive of X was unpacked to, or the file.");
    }

    private static List<string> Tweets(string folder) => Files(folder, "tweets.js", "tweets-part*.js", "tweet.js", "tweet-part*.js", "community-tweet*.js") is { Count: > 0 } files
        ? files
        : Directory.Exists(Path.Combine(folder, "data", "js", "tweets")) ? Files(Path.Combine(folder, "data", "js", "tweets"), "*.js") : [];

    private static List<string> Files(string folder, params ReadOnlySpan<string> patterns)
    {
        var files = new List<string>();
        foreach (var pattern in patterns)
        {
            foreach (var place in (string[])[folder, Path.Combine(folder, "data")])
            {
                files.AddRange(Directory.Exists(place) ? Directory.GetFiles(place, pattern).Order(StringComparer.Ordinal) : []);
            }
        }

        return files;
    }

    private static string Below(string folder, params ReadOnlySpan<string> parts) => Path.Combine([folder, .. parts]) is var below && Directory.Exists(below) ? below : folder;
}
