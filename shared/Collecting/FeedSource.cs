using System.Runtime.CompilerServices;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>An Atom (RFC 4287) or RSS (0.9 to 2.0) feed in a file.</summary>
/// <param name="path">The file.</param>
/// <param name="name">What messages call it: the file, or the address it was downloaded from.</param>
public sealed class FeedSource(string path, string name) : IPostSource
{
    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal)
    {
        "id", "guid", "link", "title", "published", "updated", "pubDate", "date", "content", "summary", "encoded", "description", "category", "subject", "language",
    };

    private static readonly HashSet<string> Namespaces = new(StringComparer.Ordinal)
    {
        "", XmlPosts.Atom, XmlPosts.Content, XmlPosts.DublinCore, "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/",
    };

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public string Kind => "feed";

    /// <inheritdoc />
    public async IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var (any, summaries) = (false, 0);
        var reader = new XmlItemReader(path, ["item", "entry"], (space, field) => Namespaces.Contains(space) && Fields.Contains(field));
        await foreach (var item in reader.ReadAsync(log, cancellationToken))
        {
            any = true;
            if (Post(item, log, out var full) is { } post)
            {
                summaries += full ? 0 : 1;
                yield return post;
            }
        }

        if (!any && log.Problems.Count == 0)
        {
            log.Problem($"{name}: holds no item of RSS and no entry of Atom. Name the address of the feed, not of the page.");
        }

        if (summaries > 0)
        {
            log.Problem($"{name}: {summaries} items have a summary and no full text; the summary was taken. Set the feed to full texts if you can.");
        }
    }

    private CollectedPost? Post(XmlItem item, CollectLog log, out bool full)
    {
        var title = First(item, "title");
        var body = First(item, "content") ?? item.Find("encoded", XmlPosts.Content);
        full = body is not null || item.Name == "item";
        body ??= First(item, "description") ?? First(item, "summary");
        var link = item.Fields.FirstOrDefault(field => field.Name == "link" && field.Attribute("href") is not null && field.Attribute("rel") is null or "alternate")?.Attribute("href")
            ?? First(item, "link")?.Text;
        var id = (First(item, "id") ?? First(item, "guid"))?.Text.Trim() ?? link?.Trim();
        var date = XmlPosts.Date((First(item, "published") ?? First(item, "pubDate") ?? item.Find("date", XmlPosts.DublinCore) ?? First(item, "updated"))?.Text);
        var reason = (item, id, date) switch
        {
            ({ TooLong: true }, _, _) => "is longer than a post can be and was left out. Split it.",
            (_, null or "", _) => "has neither an id nor a link and was left out. Give it a guid.",
            (_, _, null) => "has no date that can be read and was left out. Give it a pubDate or published.",
            _ => null,
        };
        if (reason is not null)
        {
            XmlPosts.Refuse(log, name, item, title?.Text, reason);
            return null;
        }

        // The older feeds' descriptions are HTML too; Atom says what it holds, and text without a word about it.
        var html = body is null ? "" : body.Namespace == XmlPosts.Atom && body.Attribute("type") is null or "text" or "text/plain" ? PlainText.ToHtml(body.Text) : body.Text;
        return new(id!, Title(title), date!.Value, html, PostMarkup.Html)
        {
            Tags = [.. item.Fields.Where(field => field.Name is "category" or "subject").Select(field => field.Attribute("term") ?? field.Text).Where(tag => !tag.Contains("://", StringComparison.Ordinal))],
            Language = item.Find("language", XmlPosts.DublinCore)?.Text.Trim(),
        };
    }

    private static string Title(XmlField? title) => title switch
    {
        null => "",
        { Namespace: XmlPosts.Atom } when title.Attribute("type") is null or "text" => PostFileText.Line(title.Text),
        _ => PlainText.OfHtml(title.Text),
    };

    // Of the feed's own vocabularies; Dublin Core's title would be another one.
    private static XmlField? First(XmlItem item, string field) => item.Fields.FirstOrDefault(candidate =>
        candidate.Name == field && candidate.Namespace is not (XmlPosts.DublinCore or XmlPosts.Content) && !string.IsNullOrWhiteSpace(candidate.Text));
}
