using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>The form in which a blog writes its posts: where they lie, which keys their front matter has and how values are written.</summary>
public sealed record PostForm
{
    /// <summary>The keys in their order; of those that a post is given, always <c>title</c> and <c>date</c>.</summary>
    public IReadOnlyList<string> Keys { get; init; } = ["layout", "title", "date", "categories", "tags"];

    /// <summary>Keys whose value is the same in nearly every post, such as <c>layout</c> or <c>author</c>, with that value.</summary>
    public IReadOnlyDictionary<string, FixedValue> Fixed { get; init; } = new Dictionary<string, FixedValue>();

    /// <summary>The key for categories, or null if the blog's posts have none.</summary>
    public ListForm? Categories { get; init; }

    /// <summary>The key for tags, or null if the blog's posts have none.</summary>
    public ListForm? Tags { get; init; }

    /// <summary>How the title is written.</summary>
    public QuoteStyle Quotes { get; init; } = QuoteStyle.DoubleQuotes;

    /// <summary>Whether dates are written as <c>2024-05-01T10:00:00+02:00</c> and not as <c>2024-05-01 10:00:00 +0200</c>.</summary>
    public bool IsoDates { get; init; }

    /// <summary>Whether the lines of a block list are indented below their key.</summary>
    public bool IndentedLists { get; init; } = true;

    /// <summary>What each post's own <c>permalink</c> is around its slug, or null if posts have none.</summary>
    public PermalinkForm? Permalink { get; init; }

    /// <summary>The folder of the posts in the repository, such as <c>_posts</c> or <c>docs/_posts</c>.</summary>
    public string Folder { get; init; } = "_posts";

    /// <summary>The extension with its dot.</summary>
    public string Extension { get; init; } = ".md";

    /// <summary>Finds the form that the newest of a blog's posts have; what they do not show is as Jekyll's own examples have it.</summary>
    /// <param name="posts">The posts: repository-relative path and content. Drafts, posts that a model wrote, and files that are no Markdown posts are passed over.</param>
    /// <param name="config">The blog's configuration.</param>
    public static PostForm Infer(IEnumerable<(string Path, string Content)> posts, SiteConfig config) =>
        PostFormInference.Infer([.. posts.Select(post => KnownPost.Read(post.Path, post.Content, config)).OfType<KnownPost>()], config);
}
