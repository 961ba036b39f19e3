using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>What a blog's <c>_config.yml</c> says about its posts.</summary>
public sealed record SiteConfig
{
    // Jekyll's own list, without the folders that are ignored anyway.
    private static readonly string[] DefaultExcludes = [".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock"];

    private SiteConfig(string siteRoot) => SiteRoot = siteRoot.Trim('/');

    /// <summary>The folder of <c>_config.yml</c> in the repository, with forward slashes; "" at the top.</summary>
    public string SiteRoot { get; }

    /// <summary>The whole configuration; null if there is none or it does not parse.</summary>
    public YamlMappingNode? Mapping { get; private init; }

    /// <summary>The blog's name (<c>title</c>, else <c>name</c>), if it has one.</summary>
    public string? Title { get; private init; }

    /// <summary>The language as ISO 639-1 code (<c>lang</c>, <c>language</c> or <c>locale</c>), if the configuration names one.</summary>
    public string? Language { get; private init; }

    /// <summary>The zone in which dates without an offset are meant and all dates are shown; UTC if none is named.</summary>
    public TimeZoneInfo TimeZone { get; private init; } = TimeZoneInfo.Utc;

    /// <summary>Whether posts dated ahead of the clock are published.</summary>
    public bool Future { get; private init; }

    /// <summary>The folder below the source that holds <c>_posts</c>, without slashes at the ends; "" if there is none.</summary>
    public string CollectionsDir { get; private init; } = "";

    /// <summary>The URL template of posts, with the named forms spelt out.</summary>
    public string Permalink { get; private init; } = PostUrl.TemplateOf("date");

    /// <summary>The text that ends an excerpt, or null for the usual blank line.</summary>
    public string? ExcerptSeparator { get; private init; }

    /// <summary>Values for keys that a post's front matter lacks, by path.</summary>
    public FrontMatterDefaults Defaults { get; private init; } = FrontMatterDefaults.None;

    /// <summary>Files and folders that Jekyll does not read, as written.</summary>
    public IReadOnlyList<string> Exclude { get; private init; } = DefaultExcludes;

    /// <summary>What was odd, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    // As written; the folder need not exist, since some blogs are built from a copy.
    private string Source { get; init; } = "";

    /// <summary>The configuration of a blog that has none.</summary>
    /// <param name="siteRoot">The blog's folder in the repository.</param>
    public static SiteConfig Default(string siteRoot) => new(siteRoot);

    /// <summary>Reads a configuration; what cannot be read is left at Jekyll's default, with a warning.</summary>
    /// <param name="yaml">The text of <c>_config.yml</c>.</param>
    /// <param name="siteRoot">Its folder in the repository.</param>
    public static SiteConfig Parse(string yaml, string siteRoot)
    {
        var warnings = new List<string>();
        YamlMappingNode? mapping = null;
        try
        {
            mapping = YamlComposer.Compose(CharacterCleaner.CleanSource(yaml).TrimStart('\uFEFF')) as YamlMappingNode;
        }
        catch (YamlException exception)
        {
            warnings.Add($"_config.yml:{exception.Start.Line}:{exception.Start.Column}: the configuration is no YAML ({YamlErrors.Describe(exception)}); Jekyll's defaults are used. Mend it, since Jekyll stops there.");
        }

        return new SiteConfig(siteRoot)
        {
            Mapping = mapping,
            Title = Value("title") ?? Value("name"),
            Language = LanguageGuess.Code(Value("lang") ?? Value("language") ?? Value("locale")),
            TimeZone = Zone(Value("timezone"), warnings),
            Future = YamlValue.Boolean(YamlValue.Find(mapping, "future")) ?? false,
            CollectionsDir = Folder(Value("collections_dir")),
            Source = Folder(Value("source")),
            Permalink = CollectionPermalink(mapping) ?? PostUrl.TemplateOf(Value("permalink") ?? "date"),
            ExcerptSeparator = Value("excerpt_separator"),
            Defaults = FrontMatterDefaults.Read(mapping, Folder(Value("collections_dir"))),
            Exclude = [.. DefaultExcludes, .. Strings(YamlValue.Find(mapping, "exclude"))],
            Warnings = warnings,
        };

        string? Value(string key) => YamlValue.Text(YamlValue.Find(mapping, key));
    }

    /// <summary>
    /// The folder in the repository from which Jekyll reads, as far as a path shows it: <c>source</c> may name a folder that only a
    /// build step makes (<c>.tmp/src</c>), whose end is then the folder that the author keeps (<c>src</c>).
    /// </summary>
    /// <param name="path">A repository-relative path.</param>
    public string SourceRoot(string path)
    {
        for (var source = Source; source.Length > 0;)
        {
            var root = Join(SiteRoot, source);
            if (path.StartsWith(root + "/", StringComparison.Ordinal))
            {
                return Join(root, Within(path, Join(root, CollectionsDir)) ? CollectionsDir : "");
            }

            var slash = source.IndexOf('/', StringComparison.Ordinal);
            source = slash < 0 ? "" : source[(slash + 1)..];
        }

        return Within(path, Join(SiteRoot, CollectionsDir)) ? Join(SiteRoot, CollectionsDir) : Within(path, SiteRoot) ? SiteRoot : "";
    }

    /// <summary>Whether the configuration lets Jekyll read a file: it lies below the source and the collections' folder, and is not excluded.</summary>
    /// <param name="path">A repository-relative path.</param>
    public bool Reads(string path)
    {
        var root = SourceRoot(path);
        if (!Within(path, SiteRoot) || (CollectionsDir.Length > 0 && root != CollectionsDir && !root.EndsWith("/" + CollectionsDir, StringComparison.Ordinal)))
        {
            return false;
        }

        var source = CollectionsDir.Length > 0 ? root[..^CollectionsDir.Length].TrimEnd('/') : root;
        var relative = source.Length == 0 ? path : path[(source.Length + 1)..];
        return !Exclude.Any(pattern => ExcludePattern.Matches(pattern, relative));
    }

    /// <summary>The path as Jekyll names it: below the source and the folder of the collections.</summary>
    /// <param name="path">A repository-relative path.</param>
    public string RelativePath(string path)
    {
        var root = SourceRoot(path);
        return root.Length == 0 ? path : path[(root.Length + 1)..];
    }

    private static bool Within(string path, string folder) => folder.Length == 0 || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string Join(string folder, string name) => folder.Length == 0 ? name : name.Length == 0 ? folder : $"{folder}/{name}";

    private static string Folder(string? written)
    {
        var folder = (written ?? "").Replace('\\', '/').Trim('/');
        while (folder.StartsWith("./", StringComparison.Ordinal))
        {
            folder = folder[2..];
        }

        return folder == "." ? "" : folder;
    }

    private static TimeZoneInfo Zone(string? name, List<string> warnings)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name.Trim(), out var zone))
        {
            return zone;
        }

        warnings.Add($"_config.yml: the time zone '{name}' is unknown; dates are read as UTC. Write a name of the IANA list such as Europe/Berlin.");
        return TimeZoneInfo.Utc;
    }

    private static string? CollectionPermalink(YamlMappingNode? mapping) =>
        YamlValue.Find(YamlValue.Find(mapping, "collections") as YamlMappingNode, "posts") is YamlMappingNode posts
        && YamlValue.Text(YamlValue.Find(posts, "permalink")) is { } permalink
            ? PostUrl.TemplateOf(permalink)
            : null;

    private static IEnumerable<string> Strings(YamlNode? node) => node switch
    {
        YamlSequenceNode sequence => sequence.Select(YamlValue.Text).OfType<string>(),
        _ => YamlValue.Text(node) is { } single ? [single] : [],
    };
}
