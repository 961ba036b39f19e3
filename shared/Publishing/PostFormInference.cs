using System.Text.RegularExpressions;
using Pipeline.Posts;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Publishing;

/// <summary>Finds a blog's habits in its newest posts; see <see cref="PostForm.Infer"/>.</summary>
internal static partial class PostFormInference
{
    // Habits change: what the blog does now counts, not what it did in its first years.
    private const int Newest = 50;

    // A key that fewer posts have is the mark of a special post.
    private const double Usual = 0.5;

    // A value that is less common than this is chosen post by post.
    private const double Always = 0.8;

    // Written by their own rules, or never copied from other posts.
    private static readonly HashSet<string> NeverFixed =
        ["title", "date", "slug", "permalink", "published", "categories", "category", "tags", "tag", "excerpt", "description", "image", "render_with_liquid", PostFile.GeneratedKey, PostFile.ProvenanceKey];

    public static PostForm Infer(IReadOnlyList<KnownPost> known, SiteConfig config)
    {
        var posts = known.Where(post => post.IsExample).OrderByDescending(post => post.Path.Date).ThenBy(post => post.Path.Value, StringComparer.Ordinal).Take(Newest).ToList();
        var folder = posts.GroupBy(post => FolderOf(post.Path.Value)).MaxBy(group => group.Count())?.Key ?? DefaultFolder(config);
        if (posts.Count == 0)
        {
            return new PostForm { Folder = folder };
        }

        var categories = List(posts, "categories", "category");
        var tags = List(posts, "tags", "tag");
        var fixedValues = FixedValues(posts);
        return new PostForm
        {
            Keys = Order(posts, [.. fixedValues.Keys, "title", "date", .. categories is null ? [] : (string[])[categories.Key], .. tags is null ? [] : (string[])[tags.Key], "permalink"]),
            Fixed = fixedValues,
            Categories = categories,
            Tags = tags,
            Quotes = MostCommon(Scalars(posts, "title").Select(Quotes), QuoteStyle.DoubleQuotes),
            IsoDates = MostCommon(Scalars(posts, "date").Select(date => date.Value?.Contains('T', StringComparison.Ordinal) == true), false),
            IndentedLists = MostCommon(posts.SelectMany(post => BlockList().Matches(post.Head)).Select(match => match.Groups["indent"].Length > 0), true),
            Permalink = Permalink(posts),
            Folder = folder,
            Extension = MostCommon(posts.Select(post => post.Path.Extension), ".md"),
        };
    }

    private static string DefaultFolder(SiteConfig config) =>
        string.Join('/', new[] { config.SiteRoot, config.CollectionsDir, "_posts" }.Where(part => part.Length > 0));

    // The folder _posts itself: folders below it are the author's own filing.
    private static string FolderOf(string path)
    {
        var segments = path.Split('/');
        return string.Join('/', segments[..(Array.IndexOf(segments, "_posts") + 1)]);
    }

    private static ListForm? List(List<KnownPost> posts, string plural, string singular)
    {
        var pluralCount = posts.Count(post => post.FrontMatter.Find(plural) is not null);
        var singularCount = posts.Count(post => post.FrontMatter.Find(singular) is not null);
        if (pluralCount + singularCount < posts.Count * Usual)
        {
            return null;
        }

        var key = pluralCount >= singularCount ? plural : singular;
        var styles = posts.Where(post => post.FrontMatter.Find(key) is not null).Select(post => Style(post, key));
        return new ListForm(key, MostCommon(styles, ListStyle.Inline));
    }

    // The tree of the head does not tell a list in brackets from one with a line for each value; its text does.
    private static ListStyle Style(KnownPost post, string key) => post.FrontMatter.Find(key) switch
    {
        YamlScalarNode => ListStyle.Text,
        _ => BlockList().Matches(post.Head).Any(match => match.Groups["key"].Value == key) ? ListStyle.Block : ListStyle.Inline,
    };

    private static Dictionary<string, FixedValue> FixedValues(List<KnownPost> posts)
    {
        var values = new Dictionary<string, FixedValue>();
        var keys = posts.SelectMany(post => post.Keys).Distinct().Where(key => !NeverFixed.Contains(key));
        foreach (var key in keys)
        {
            var scalars = Scalars(posts, key).ToList();
            var commonest = scalars.GroupBy(scalar => scalar.Value ?? "").MaxBy(group => group.Count());
            // A blog that names its layouts has one for posts, even where some posts use another.
            var share = key == "layout" ? Usual : Always;
            if (commonest is not null && commonest.Count() >= posts.Count * share && commonest.Key.Length <= 200)
            {
                values[key] = new FixedValue(commonest.Key, commonest.First().Style);
            }
        }

        return values;
    }

    private static List<string> Order(List<KnownPost> posts, IReadOnlyList<string> keys)
    {
        // The mean of a key's places; a key that no post has goes behind its neighbour in the list given.
        var places = new Dictionary<string, double>();
        var last = 0.0;
        foreach (var key in keys)
        {
            var seen = posts.Select(post => post.Keys.ToList().IndexOf(key)).Where(index => index >= 0).ToList();
            last = seen.Count > 0 ? seen.Average() : last + 0.001;
            places[key] = last;
        }

        return [.. keys.OrderBy(key => places[key])];
    }

    private static PermalinkForm? Permalink(List<KnownPost> posts)
    {
        var forms = new List<PermalinkForm>();
        foreach (var post in posts)
        {
            if (YamlValue.Text(post.FrontMatter.Find("permalink")) is not { } permalink)
            {
                continue;
            }

            // A template with :title in it needs no slug of ours.
            var place = permalink.Contains("/:", StringComparison.Ordinal) ? -1 : permalink.LastIndexOf(post.Path.Slug, StringComparison.Ordinal);
            if (place > 0)
            {
                forms.Add(new PermalinkForm(permalink[..place], permalink[(place + post.Path.Slug.Length)..]));
            }
        }

        var commonest = forms.GroupBy(form => form).MaxBy(group => group.Count());
        return commonest is not null && commonest.Count() >= posts.Count * Always ? commonest.Key : null;
    }

    private static IEnumerable<YamlScalarNode> Scalars(List<KnownPost> posts, string key) =>
        posts.Select(post => post.FrontMatter.Find(key)).OfType<YamlScalarNode>();

    private static QuoteStyle Quotes(YamlScalarNode scalar) => scalar.Style switch
    {
        ScalarStyle.SingleQuoted => QuoteStyle.SingleQuotes,
        ScalarStyle.Plain => QuoteStyle.NoQuotes,
        _ => QuoteStyle.DoubleQuotes,
    };

    private static T MostCommon<T>(IEnumerable<T> values, T otherwise) =>
        values.GroupBy(value => value).MaxBy(group => group.Count()) is { } group ? group.Key : otherwise;

    [GeneratedRegex(@"^(?<key>\w+):[ \t]*\n(?<indent>[ \t]*)- ", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex BlockList();
}
