using System.Text;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>What a post's name, front matter and its blog's defaults say together, by Jekyll's rules of precedence.</summary>
public sealed record PostFields
{
    private readonly SiteConfig _site;
    private readonly FrontMatter _frontMatter;
    private readonly string _relativePath;

    private PostFields(SiteConfig site, PostPath path, FrontMatter frontMatter)
    {
        _site = site;
        _frontMatter = frontMatter;
        _relativePath = site.Defaults.IsEmpty ? "" : site.RelativePath(path.Value);
        Path = path;
    }

    /// <summary>The post's place.</summary>
    public PostPath Path { get; }

    /// <summary>The title as one line of text; of the file name if the front matter has none.</summary>
    public string Title { get; private init; } = "";

    /// <summary>The date in the site's zone; null for a draft without one and for an impossible date in the name.</summary>
    public DateTimeOffset? Date { get; private init; }

    /// <summary>Categories: of folders, defaults, the list, then the singular; without repeats.</summary>
    public IReadOnlyList<string> Categories { get; private init; } = [];

    /// <summary>Tags in the order written.</summary>
    public IReadOnlyList<string> Tags { get; private init; } = [];

    /// <summary>The front matter's <c>slug</c>, else the title part of the name.</summary>
    public string Slug { get; private init; } = "";

    /// <summary>The post's own URL template, if it has one.</summary>
    public string? Permalink { get; private init; }

    /// <summary>False if Jekyll keeps the post out of the site on the author's word.</summary>
    public bool Published { get; private init; } = true;

    /// <summary>The language that the front matter names, as ISO 639-1 code.</summary>
    public string? Language { get; private init; }

    /// <summary>The text that ends the excerpt, if the post, a default or the site names one.</summary>
    public string? ExcerptSeparator { get; private init; }

    /// <summary>What was odd, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Reads the fields; what is not as it should be is left out with a warning.</summary>
    /// <param name="site">The blog's configuration.</param>
    /// <param name="path">The post's place.</param>
    /// <param name="frontMatter">The post's head.</param>
    public static PostFields Read(SiteConfig site, PostPath path, FrontMatter frontMatter)
    {
        var warnings = new List<string>();
        var fields = new PostFields(site, path, frontMatter);
        return fields with
        {
            Title = fields.ReadTitle(warnings),
            Date = fields.ReadDate(warnings),
            Categories = fields.ReadCategories(warnings),
            Tags = fields.ReadTags(warnings),
            Slug = YamlValue.Text(fields.Find("slug")) ?? path.Slug,
            Permalink = YamlValue.Text(fields.Find("permalink")),
            Published = fields.ReadPublished(),
            Language = LanguageGuess.Code(YamlValue.Text(fields.Find("lang")) ?? YamlValue.Text(fields.Find("language")) ?? YamlValue.Text(fields.Find("locale"))),
            ExcerptSeparator = YamlValue.Text(fields.Find("excerpt_separator")) ?? site.ExcerptSeparator,
            Warnings = warnings,
        };
    }

    /// <summary>The value of a key in the front matter, else of the blog's defaults; null if both lack it or have null.</summary>
    /// <param name="key">The key.</param>
    public YamlNode? Find(string key)
    {
        if (_frontMatter.Find(key) is { } own)
        {
            return own;
        }

        return _site.Defaults.IsEmpty || _site.Defaults.Find(_relativePath, key) is not { } value || YamlValue.IsNull(value) ? null : value;
    }

    private string ReadTitle(List<string> warnings)
    {
        var value = Find("title");
        var title = OneLine(YamlValue.Text(value));
        if (title.Length > 0)
        {
            return title;
        }

        if (value is not null and not YamlScalarNode)
        {
            warnings.Add("The title is a list or a mapping and was not read; the file name's is used. Put the title in quotes.");
        }

        return OneLine(Titleize(Path.Slug)) is { Length: > 0 } named ? named : OneLine(Path.Slug) is { Length: > 0 } slug ? slug : "Untitled";
    }

    private DateTimeOffset? ReadDate(List<string> warnings)
    {
        var value = Find("date");
        if (value is not null)
        {
            if (value is YamlScalarNode { Value: { } written } scalar && TryDate(scalar, written, out var date))
            {
                return date;
            }

            warnings.Add("The date in the front matter cannot be read, and Jekyll would stop there; the file name's is used. Write it as 2024-05-01 10:00:00 +0000.");
        }

        return Path.Date is { } day && CivilDate.TryIn(day.ToDateTime(TimeOnly.MinValue), _site.TimeZone, out var midnight) ? midnight : null;
    }

    private bool TryDate(YamlScalarNode scalar, string written, out DateTimeOffset date) =>
        YamlValue.IsPlain(scalar) && YamlValue.TryTimestamp(written, out var instant)
            ? CivilDate.TryShow(instant, _site.TimeZone, out date)
            : DateText.TryParse(CharacterCleaner.CleanField(written), _site.TimeZone, out date);

    private List<string> ReadCategories(List<string> warnings)
    {
        var categories = new List<string>();
        var known = new HashSet<string>();
        foreach (var folder in Path.FolderCategories(_site))
        {
            AddNew(CharacterCleaner.CleanField(folder));
        }

        if (!_site.Defaults.IsEmpty)
        {
            Plural(_site.Defaults.Find(_relativePath, "categories"), "categories", AddNew, warnings);
        }

        Plural(_frontMatter.Find("categories"), "categories", AddNew, warnings);
        Flatten(Find("category"), "category", AddNew, warnings);
        return categories;

        void AddNew(string category)
        {
            if (known.Add(category))
            {
                categories.Add(category);
            }
        }
    }

    private List<string> ReadTags(List<string> warnings)
    {
        var tags = new List<string>();
        if (Find("tag") is { } single)
        {
            Flatten(single, "tag", tags.Add, warnings);
        }
        else
        {
            Plural(Find("tags"), "tags", tags.Add, warnings);
        }

        return tags;
    }

    private bool ReadPublished()
    {
        var value = Find("published");
        if (value is null)
        {
            // An empty value is not true either.
            return YamlValue.Find(_frontMatter.Mapping, "published") is null;
        }

        // The string "false" publishes in Jekyll, but its author meant the word.
        return YamlValue.Boolean(value) ?? !"false".Equals(YamlValue.Text(value)?.Trim(), StringComparison.OrdinalIgnoreCase);
    }

    // A string is a list of words, commas and all; a number or a date is one value.
    private static void Plural(YamlNode? value, string key, Action<string> add, List<string> warnings)
    {
        if (YamlValue.Text(value) is not { } text)
        {
            Flatten(value, key, add, warnings);
            return;
        }

        foreach (var word in CharacterCleaner.CleanField(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            add(word);
        }

        if (text.Contains(',', StringComparison.Ordinal))
        {
            warnings.Add($"The {key} are one string with commas, which Jekyll splits at blanks only, commas kept. Write them as a list: [a, b c].");
        }
    }

    private static void Flatten(YamlNode? value, string key, Action<string> add, List<string> warnings)
    {
        switch (value)
        {
            case YamlSequenceNode sequence:
                foreach (var item in sequence)
                {
                    Flatten(item, key, add, warnings);
                }

                break;
            case YamlMappingNode:
                var warning = $"A value of {key} is a mapping and was not read. Put it in quotes if it holds a colon.";
                if (warnings.Count == 0 || warnings[^1] != warning)
                {
                    warnings.Add(warning);
                }

                break;
            default:
                if (OneLine(YamlValue.Text(value)) is { Length: > 0 } text)
                {
                    add(text);
                }

                break;
        }
    }

    private static string OneLine(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var clean = CharacterCleaner.CleanField(text).Trim();
        return clean.AsSpan().ContainsAny('\n', '\t')
            ? string.Join(' ', clean.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : clean;
    }

    // As Jekyll makes a title of a name: hyphens to blanks, each word with a capital and small letters after it.
    private static string Titleize(string slug)
    {
        var title = new StringBuilder(slug.Length);
        foreach (var word in slug.TrimEnd('-').Split('-'))
        {
            title.Append(title.Length > 0 ? " " : "");
            if (word.Length > 0)
            {
                title.Append(char.ToUpperInvariant(word[0])).Append(word[1..].ToLowerInvariant());
            }
        }

        return title.ToString();
    }
}
