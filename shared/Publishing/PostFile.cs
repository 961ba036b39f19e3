using System.Globalization;
using Pipeline.Posts;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Publishing;

/// <summary>A generated post as a file of the blog: what we write, and read back.</summary>
public sealed record PostFile
{
    /// <summary>The key that marks a post as a model's.</summary>
    public const string GeneratedKey = "ai_generated";

    /// <summary>The key below which the post's provenance stands.</summary>
    public const string ProvenanceKey = "pipeline";

    /// <summary>The post's path in the repository.</summary>
    public required string Path { get; init; }

    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The date, to the second, with the offset that is written.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The categories, without those of folders.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The post's own permalink, if the blog's posts have such.</summary>
    public string? Permalink { get; init; }

    /// <summary>Where the post comes from.</summary>
    public required PostProvenance Provenance { get; init; }

    /// <summary>The body: Markdown as <see cref="SafeBody"/> makes it.</summary>
    public required string Body { get; init; }

    /// <summary>The file's text in a blog's form.</summary>
    /// <param name="form">The form of the blog's other posts.</param>
    public string Write(PostForm form) => $"---\n{PostFileYaml.Write(this, form)}---\n\n{Body}";

    /// <summary>Reads what <see cref="Write"/> wrote, also after a person has changed it.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="path">The file's path in the repository.</param>
    /// <exception cref="FormatException">The text is no generated post; the message names what is missing.</exception>
    public static PostFile Parse(string text, string path)
    {
        var frontMatter = FrontMatter.Parse(text.Replace("\r\n", "\n", StringComparison.Ordinal), path);
        if (YamlValue.Boolean(frontMatter.Find(GeneratedKey)) != true || frontMatter.Find(ProvenanceKey) is not YamlMappingNode provenance)
        {
            throw new FormatException($"{path} is no generated post: its front matter lacks {GeneratedKey}: true or {ProvenanceKey}.");
        }

        var fields = PostPath.TryParse(path) is { } postPath
            ? PostFields.Read(SiteConfig.Default(""), postPath, frontMatter)
            : throw new FormatException($"{path} is no path of a post.");
        return new PostFile
        {
            Path = path,
            Title = YamlValue.Text(frontMatter.Find("title")) ?? "",
            Date = DateTimeOffset.TryParse(YamlValue.Text(frontMatter.Find("date")), CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date
                : throw new FormatException($"{path}: the front matter has no date with an offset."),
            Categories = [.. fields.Categories.Except(postPath.FolderCategories(SiteConfig.Default("")))],
            Tags = fields.Tags,
            Permalink = fields.Permalink,
            Provenance = new PostProvenance(
                YamlValue.Text(YamlValue.Find(provenance, "model")) ?? "",
                YamlValue.Text(YamlValue.Find(provenance, "corpus")) ?? "",
                ulong.TryParse(YamlValue.Text(YamlValue.Find(provenance, "seed")), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : 0,
                YamlValue.Text(YamlValue.Find(provenance, "sampler")) ?? ""),
            Body = frontMatter.Body is ['\n', .. var body] ? body : frontMatter.Body,
        };
    }
}
