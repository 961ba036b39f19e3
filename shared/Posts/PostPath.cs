using Pipeline.Posts.Text;

namespace Pipeline.Posts;

/// <summary>What a post's place in the blog says: date, slug, extension, categories.</summary>
/// <remarks>The rules are Jekyll's: see its Document and EntryFilter; a name is <c>YYYY-MM-DD-title.ext</c> under a folder <c>_posts</c>.</remarks>
public sealed record PostPath
{
    private const string Posts = "_posts";
    private const string Drafts = "_drafts";

    private PostPath(string value) => Value = value;

    /// <summary>The path in the blog's repository.</summary>
    public string Value { get; }

    /// <summary>Whether it lies under <c>_drafts</c>.</summary>
    public bool IsDraft { get; private init; }

    /// <summary>The date of the name; null for a draft without one, and for a date that the calendar does not have.</summary>
    public DateOnly? Date { get; private init; }

    /// <summary>Whether the name holds a date, possible or not.</summary>
    public bool HasDate { get; private init; }

    /// <summary>The title part of the name, without the dots at its end.</summary>
    public string Slug { get; private init; } = "";

    /// <summary>The extension with its dot, as written; "" for a draft without one.</summary>
    public string Extension { get; private init; } = "";

    /// <summary>What the body is written in, or null for an extension that is not converted.</summary>
    public PostMarkup? Markup { get; private init; }

    // Folders above _posts, from the repository's top.
    private string[] Above { get; init; } = [];

    /// <summary>Whether Jekyll takes the file for a published post, whatever its extension and its content.</summary>
    public static bool IsPost(string path) => TryParse(path) is { IsDraft: false };

    /// <summary>Reads a repository-relative path with forward slashes; null if it is neither a post nor a draft.</summary>
    public static PostPath? TryParse(string path)
    {
        var segments = path.Split('/');
        var folder = Array.FindIndex(segments, segment => segment is Posts or Drafts);
        if (folder < 0 || Array.Exists(segments[..Math.Max(folder, 0)], IsIgnoredFolder) || folder == segments.Length - 1 || Array.Exists(segments, segment => segment is "" or "." or ".."))
        {
            return null;
        }

        var draft = segments[folder] == Drafts;
        var name = segments[^1];
        if (IsSpecial(name) || name[^1] is '~' or '.' || (folder + 2 < segments.Length && IsSpecial(segments[folder + 1])))
        {
            return null;
        }

        // Ruby's File.extname and Jekyll's name pattern agree that the last dot begins it.
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 ? name[dot..] : "";
        var title = dot > 0 ? name[..dot] : name;
        var dated = TryDate(title, out var year, out var month, out var day, out var rest);
        // Jekyll reads YAML files as data, wherever they lie.
        if (extension.Length < 2 || (!draft && !dated) || extension is ".yml" or ".yaml")
        {
            return null;
        }

        return new PostPath(path)
        {
            IsDraft = draft,
            HasDate = dated,
            Date = dated && CivilDate.Exists(year, month, day) ? new DateOnly(year, month, day) : null,
            Slug = (dated ? rest : title).TrimEnd('.'),
            Extension = extension,
            Markup = MarkupOf(extension),
            Above = segments[..folder],
        };
    }

    /// <summary>The folders above <c>_posts</c>, below the site's source: they are categories.</summary>
    /// <param name="site">Where the source begins.</param>
    public IReadOnlyList<string> FolderCategories(SiteConfig site)
    {
        var source = site.SourceRoot(Value);
        var skip = source.Length == 0 ? 0 : source.Count(c => c == '/') + 1;
        return skip < Above.Length ? Above[skip..] : [];
    }

    /// <summary>Names that Jekyll does not read: hidden files, and those that editors and tools put there.</summary>
    internal static bool IsSpecial(string name) => name.Length == 0 || name[0] is '.' or '_' or '#' or '~';

    /// <summary>Folders that hold no posts of the blog: hidden ones, what a build made, and others' code.</summary>
    internal static bool IsIgnoredFolder(string name) => IsSpecial(name) || name is "node_modules" or "vendor";

    private static PostMarkup? MarkupOf(string extension) => extension.ToLowerInvariant() switch
    {
        ".md" or ".markdown" or ".mkd" or ".mkdn" or ".mkdown" => PostMarkup.Markdown,
        ".html" => PostMarkup.Html,
        _ => null,
    };

    private static bool TryDate(string name, out int year, out int month, out int day, out string rest)
    {
        (year, month, day, rest) = (0, 0, 0, "");
        var scan = new DigitScanner(name);
        if (!scan.Number(2, 4, out year) || !scan.Is('-') || !scan.Number(1, 2, out month) || !scan.Is('-') || !scan.Number(1, 2, out day) || !scan.Is('-'))
        {
            return false;
        }

        year = DateText.FullYear(year, name.IndexOf('-', StringComparison.Ordinal));
        rest = scan.Rest.ToString();
        return true;
    }
}
