using System.Text;
using System.Text.Json;
using Pipeline.Posts;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Collecting;

/// <summary>One file of Markdown, HTML or plain text as a post: its front matter, if it has any, and what its name and its text say otherwise.</summary>
internal sealed class TextFile
{
    private static readonly string[] DateKeys = ["date", "pubDate", "publishDate", "published", "publishedAt", "pubDatetime", "created", "createdAt", "lastmod", "updated"];

    private readonly FrontMatter _frontMatter;
    private readonly PostFields _fields;
    private readonly string _path;

    private TextFile(string path, FrontMatter frontMatter)
    {
        // Any name of a post serves to read the fields; what it says is not asked.
        _fields = PostFields.Read(SiteConfig.Default(""), PostPath.TryParse("_posts/2000-01-01-x.md")!, frontMatter);
        _frontMatter = frontMatter;
        _path = path;
    }

    /// <summary>What follows the front matter.</summary>
    public string Body => _frontMatter.Body;

    /// <summary>The title of the front matter; null if it has none.</summary>
    public string? Title => YamlValue.Text(_frontMatter.Find("title")) is { } title && PostFileText.Line(title) is { Length: > 0 } line ? line : null;

    /// <summary>The front matter's categories.</summary>
    public IReadOnlyList<string> Categories => _fields.Categories;

    /// <summary>The front matter's tags.</summary>
    public IReadOnlyList<string> Tags => _fields.Tags;

    /// <summary>The language that the front matter names.</summary>
    public string? Language => _fields.Language;

    /// <summary>The date of the front matter, else of the file's name; null if neither has one.</summary>
    public DateTimeOffset? Date => DateKeys.Select(key => DateOf(_frontMatter.Find(key))).FirstOrDefault(date => date is not null) ?? NameDate(_path);

    /// <summary>Reads a file's text; what is odd about its front matter is told to the log.</summary>
    /// <param name="path">The path in its folder.</param>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What messages call the folder.</param>
    /// <param name="log">Takes what is odd.</param>
    public static TextFile Read(string path, byte[] bytes, string name, CollectLog log)
    {
        var warnings = new List<string>();
        var frontMatter = FrontMatter.Parse(WithoutJson(PostEncoding.Decode(bytes, warnings)), path);
        // TOML is usual outside Jekyll.
        foreach (var warning in warnings.Concat(frontMatter.Form == FrontMatterForm.Toml ? [] : frontMatter.Warnings))
        {
            log.Problem(warning.StartsWith(path, StringComparison.Ordinal) ? $"{name}: {warning}" : $"{name}: {path}: {warning}");
        }

        return new(path, frontMatter);
    }

    /// <summary>Why the author does not want the file published; null if nothing says so.</summary>
    public string? WhyLeftOut(DateTimeOffset now) =>
        YamlValue.Boolean(_frontMatter.Find("draft")) == true ? "drafts"
            : !_fields.Published ? "published: false"
            : YamlValue.Boolean(_frontMatter.Find("private")) == true ? "private: true"
            : YamlValue.Boolean(_frontMatter.Find("ai_generated")) == true ? "ai_generated: true"
            : DateOf(_frontMatter.Find("publishDate")) > now || Date > now ? "dated in the future"
            : DateOf(_frontMatter.Find("expiryDate")) < now ? "expired"
            : null;

    /// <summary>The name without folder, date and extension, as words.</summary>
    public static string NameOf(string path)
    {
        var parts = path.Split('/');
        var stem = Path.GetFileNameWithoutExtension(parts[^1]);
        // A bundle's text is called index; its folder has the name.
        stem = stem is "index" && parts.Length > 1 ? parts[^2] : stem;
        var undated = PostPath.TryParse($"_posts/{stem}.md") is { HasDate: true } post ? post.Slug : stem;
        var words = undated.Replace('-', ' ').Replace('_', ' ').Trim();
        return PostFileText.Line(words.Length == 0 ? stem : char.ToUpperInvariant(words[0]) + words[1..]);
    }

    private static DateTimeOffset? NameDate(string path)
    {
        var parts = path.Split('/');
        return Array.FindAll([Path.GetFileNameWithoutExtension(parts[^1]), parts.Length > 1 ? parts[^2] : ""], part => part.Length > 0)
            .Select(part => PostPath.TryParse($"_posts/{part}-x.md")?.Date)
            .FirstOrDefault(date => date is not null) is { } date ? new(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
    }

    private static DateTimeOffset? DateOf(YamlNode? node) => YamlValue.Text(node) is { } text && XmlPosts.Date(text) is { } date ? date : null;

    // Hugo takes JSON for front matter too, and YAML has JSON in it.
    private static string WithoutJson(string text)
    {
        if (!text.StartsWith('{'))
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes);
        try
        {
            reader.Read();
            reader.Skip();
        }
        catch (JsonException)
        {
            return text;
        }

        var end = (int)reader.BytesConsumed;
        return $"---\n{Encoding.UTF8.GetString(bytes.AsSpan(0, end))}\n---\n{Encoding.UTF8.GetString(bytes.AsSpan(end))}";
    }
}
