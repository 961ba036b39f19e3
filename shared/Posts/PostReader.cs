using System.Security.Cryptography;
using Pipeline.Posts.Text;

namespace Pipeline.Posts;

/// <summary>Turns a post's file into a document. Content that is odd gives warnings, content that is no post gives a reason to skip it; never an exception.</summary>
/// <param name="site">The blog's configuration.</param>
/// <param name="options">Which posts are kept, and what of their text.</param>
/// <param name="clock">Tells which dates lie in the future.</param>
public sealed class PostReader(SiteConfig site, PostReaderOptions options, TimeProvider clock)
{
    /// <summary>The largest post that is read, in bytes.</summary>
    public const int LargestPost = 10 * 1024 * 1024;

    /// <summary>Reads one file.</summary>
    /// <param name="path">Its path in the repository, with forward slashes.</param>
    /// <param name="bytes">Its content.</param>
    public PostDocument Read(string path, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        var post = PostPath.TryParse(path);
        var unread = new PostDocument { Path = path, Hash = hash, Title = post?.Slug is { Length: > 0 } slug ? slug : NameOf(path) };
        if (post is null)
        {
            return unread with { Skipped = "not a post: a post is _posts/YYYY-MM-DD-title.md" };
        }

        if (WhyNotRead(post, bytes.Length) is { } reason)
        {
            return unread with { Skipped = reason };
        }

        var warnings = new List<string>();
        var frontMatter = FrontMatter.Parse(PostEncoding.Decode(bytes.Span, warnings), path);
        var fields = PostFields.Read(site, post, frontMatter);
        warnings.AddRange(frontMatter.Warnings);
        warnings.AddRange(fields.Warnings);
        var document = unread with
        {
            Date = fields.Date,
            Title = fields.Title,
            Categories = fields.Categories,
            Tags = fields.Tags,
            Language = fields.Language ?? site.Language ?? LanguageGuess.Unknown,
            Warnings = warnings,
        };
        if (WhyLeftOut(fields) is { } skipped)
        {
            return document with { Skipped = skipped };
        }

        // Nothing of a private post is kept but that there is one: the title alone may say too much.
        var whole = WithText(document, fields, frontMatter.Body, warnings);
        return options.Private.WhyPrivate(whole, frontMatter.Body) is { } hidden ? unread with { Skipped = hidden } : whole;
    }

    private PostDocument WithText(PostDocument document, PostFields fields, string body, List<string> warnings)
    {
        var result = PostText.Extract(body, fields.Path.Markup ?? PostMarkup.Markdown, options.Text with { ExcerptSeparator = fields.ExcerptSeparator });
        warnings.AddRange(result.Warnings);
        return document with
        {
            Text = result.Text,
            Words = CountWords(result.Text),
            Language = fields.Language ?? site.Language ?? LanguageGuess.Of(result.Text),
            Skipped = string.IsNullOrWhiteSpace(result.Text) ? "no text is left without markup, images and templates" : null,
        };
    }

    private string? WhyNotRead(PostPath post, int length) => post switch
    {
        { IsDraft: true } when !options.Drafts => "a draft",
        { Markup: null } => $"the extension {post.Extension} is neither Markdown nor HTML",
        _ when length > LargestPost => $"the file has {length / 1048576.0:0.0} MB, more than the {LargestPost / 1048576} MB that are read; split the post or move its data into a file of its own",
        _ when !site.Reads(post.Value) => "the configuration excludes it",
        _ => null,
    };

    private string? WhyLeftOut(PostFields fields) => fields switch
    {
        { Published: false } => "published: false",
        { Date: null, Path.IsDraft: false } => "the date in the file name does not exist; Jekyll stops there",
        { Date: { } date } when date > clock.GetUtcNow() && !site.Future => "dated in the future",
        _ when YamlValue.Boolean(fields.Find("private")) == true => "private: true",
        _ when YamlValue.Boolean(fields.Find("corpus")) == false => "corpus: false",
        _ when !options.Generated && YamlValue.Boolean(fields.Find("ai_generated")) == true => "ai_generated: true",
        _ => null,
    };

    private static int CountWords(ReadOnlySpan<char> text)
    {
        var words = 0;
        var inside = false;
        foreach (var character in text)
        {
            var blank = character <= ' ' || (character > 0x7F && char.IsWhiteSpace(character));
            words += !blank && !inside ? 1 : 0;
            inside = !blank;
        }

        return words;
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..] is { Length: > 0 } name ? name : "Untitled";
}
