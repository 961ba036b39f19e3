using System.Runtime.CompilerServices;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>A WordPress export (WXR 1.0 to 1.2): published posts with their categories and tags; no pages, drafts, comments, attachments, nor posts with a password.</summary>
/// <param name="path">The XML file.</param>
public sealed class WordPressSource(string path) : IPostSource
{
    /// <summary>How the namespaces of all versions begin; the version follows.</summary>
    internal const string Namespace = "http://wordpress.org/export/";

    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal)
    {
        "title", "guid", "link", "pubDate", "encoded", "category", "post_id", "post_date", "post_date_gmt", "post_type", "status", "post_password",
    };

    /// <inheritdoc />
    public string Name => path;

    /// <inheritdoc />
    public string Kind => "wordpress";

    /// <inheritdoc />
    public async IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var versionTold = false;
        // The excerpt is called encoded too, in a namespace below that of the version.
        var reader = new XmlItemReader(path, ["item"], (space, field) => Fields.Contains(field)
            && (space is "" or XmlPosts.Content || (field != "encoded" && space.StartsWith(Namespace, StringComparison.Ordinal))));
        await foreach (var item in reader.ReadAsync(log, cancellationToken))
        {
            var space = item.Fields.FirstOrDefault(field => field.Namespace.StartsWith(Namespace, StringComparison.Ordinal))?.Namespace ?? "";
            if (!versionTold && space.Length > 0 && space[Namespace.Length..].TrimEnd('/') is not ("1.0" or "1.1" or "1.2") and var version)
            {
                log.Problem($"{path}: is an export of version {version}; versions 1.0 to 1.2 are known, so look through what was collected.");
                versionTold = true;
            }

            if (Post(item, space, log) is { } post)
            {
                yield return post;
            }
        }
    }

    private CollectedPost? Post(XmlItem item, string space, CollectLog log)
    {
        var kind = item.Text("post_type", space)?.Trim() ?? "post";
        var status = item.Text("status", space)?.Trim() ?? "publish";
        if (kind != "post" || status != "publish" || item.Text("post_password", space) is not null)
        {
            log.Omit(kind != "post" ? $"type {PostFileText.Line(kind)}" : status != "publish" ? $"status {PostFileText.Line(status)}" : "behind a password");
            return null;
        }

        // Two blogs have the same numbers, and never the same addresses.
        var id = item.Text("guid") ?? item.Text("link") ?? item.Text("post_id", space);
        var reason = item.TooLong ? "is longer than a post can be and was left out. Split it."
            : id is null ? "has neither an id nor a link and was left out."
            : Date(item, space) is null ? "has no date that can be read and was left out. Correct its post_date."
            : null;
        if (reason is not null)
        {
            XmlPosts.Refuse(log, path, item, item.Text("title"), reason);
            return null;
        }

        return new(id!.Trim(), PlainText.OfHtml(item.Text("title") ?? ""), Date(item, space)!.Value, WordPressText.ToHtml(item.Text("encoded", XmlPosts.Content) ?? ""), PostMarkup.Html)
        {
            Categories = [.. Terms(item, "category").Where(term => term != "Uncategorized")],
            Tags = [.. Terms(item, "post_tag").Concat(Terms(item, "tag"))],
        };
    }

    // The local date with the offset that follows from the same moment in UTC.
    private static DateTimeOffset? Date(XmlItem item, string space)
    {
        var local = XmlPosts.Date(item.Text("post_date", space));
        var utc = XmlPosts.Date(item.Text("post_date_gmt", space)) ?? XmlPosts.Date(item.Text("pubDate"));
        if (local is null || utc is null)
        {
            return local ?? utc;
        }

        var offset = local.Value.UtcDateTime - utc.Value.UtcDateTime;
        return offset.Duration() <= TimeSpan.FromHours(14) && offset.Ticks % TimeSpan.TicksPerMinute == 0 ? utc.Value.ToOffset(offset) : utc;
    }

    private static IEnumerable<string> Terms(XmlItem item, string domain) =>
        item.Fields.Where(field => field.Name == "category" && field.Attribute("domain") == domain).Select(field => PlainText.OfHtml(field.Text));
}
