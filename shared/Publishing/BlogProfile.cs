using System.Text.RegularExpressions;
using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>What must be known of a blog to write a post for it: its form, its words, its hosts and the names that are taken.</summary>
public sealed partial class BlogProfile
{
    private BlogProfile(SiteConfig config, PostForm form, IReadOnlyList<KnownPost> posts)
    {
        Config = config;
        Form = form;
        var human = posts.Where(post => !post.IsGenerated).ToList();
        Categories = Vocabulary(human.SelectMany(post => post.Fields.Categories.Except(post.Path.FolderCategories(config))));
        Tags = Vocabulary(human.SelectMany(post => post.Fields.Tags));
        Hosts = human.SelectMany(post => Address().Matches(post.FrontMatter.Body)).Select(match => match.Groups["host"].Value.ToLowerInvariant()).ToHashSet();
        Urls = posts.Select(post => UrlOf(config, post)).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        Paths = posts.Select(post => post.Path.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The blog's configuration.</summary>
    public SiteConfig Config { get; }

    /// <summary>The form of its posts.</summary>
    public PostForm Form { get; }

    /// <summary>The categories that its authors use, the commonest first.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>The tags that its authors use, the commonest first.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>The hosts, lower case, that its authors link to.</summary>
    public IReadOnlySet<string> Hosts { get; }

    /// <summary>The URLs of its posts; compared without regard to case, as some file systems do.</summary>
    public IReadOnlySet<string> Urls { get; }

    /// <summary>The paths of its posts.</summary>
    public IReadOnlySet<string> Paths { get; }

    /// <summary>Studies a blog.</summary>
    /// <param name="posts">Its posts: repository-relative path and content; files that are no posts are passed over.</param>
    /// <param name="config">Its configuration.</param>
    public static BlogProfile Read(IEnumerable<(string Path, string Content)> posts, SiteConfig config)
    {
        var known = posts.Select(post => KnownPost.Read(post.Path, post.Content, config)).OfType<KnownPost>().ToList();
        return new BlogProfile(config, PostFormInference.Infer(known, config), known);
    }

    /// <summary>Studies a blog in a folder; a post that cannot be read is passed over.</summary>
    public static BlogProfile Read(BlogFolder blog) => Read(Posts(blog), blog.Config);

    private static IEnumerable<(string Path, string Content)> Posts(BlogFolder blog)
    {
        foreach (var path in blog.PostFiles(drafts: false))
        {
            ReadOnlyMemory<byte> bytes;
            try
            {
                bytes = blog.ReadPost(path);
            }
            catch (BlogException)
            {
                // Whoever reads the posts for the corpus reports it.
                continue;
            }

            yield return (path, PostEncoding.Decode(bytes.Span, []));
        }
    }

    private static IReadOnlyList<string> Vocabulary(IEnumerable<string> words) =>
        [.. words.GroupBy(word => word).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Key)];

    private static string? UrlOf(SiteConfig config, KnownPost post)
    {
        try
        {
            return PostUrl.For(config, post.Fields);
        }
        catch (BlogException)
        {
            // The blog's own plugin knows the template; names are then told apart by their paths alone.
            return null;
        }
    }

    [GeneratedRegex(@"https?://(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
