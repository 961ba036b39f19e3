using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>What feeds and WordPress exports have in common.</summary>
internal static class XmlPosts
{
    /// <summary>The namespace of <c>content:encoded</c>; see https://web.resource.org/rss/1.0/modules/content/.</summary>
    public const string Content = "http://purl.org/rss/1.0/modules/content/";

    /// <summary>Dublin Core.</summary>
    public const string DublinCore = "http://purl.org/dc/elements/1.1/";

    /// <summary>Atom, RFC 4287.</summary>
    public const string Atom = "http://www.w3.org/2005/Atom";

    /// <summary>Reads a date of RFC 822, RFC 3339 or of databases; null if there is none.</summary>
    public static DateTimeOffset? Date(string? text)
    {
        if (text is null)
        {
            return null;
        }

        // The name of the weekday says nothing that the date does not, and is often wrong.
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        return DateText.TryParse(text.AsSpan(comma is >= 0 and < 12 ? comma + 1 : 0), TimeZoneInfo.Utc, out var date) && date.Year > 1 ? date : null;
    }

    /// <summary>Tells that an item cannot be taken.</summary>
    public static void Refuse(CollectLog log, string source, XmlItem item, string? title, string reason) =>
        log.Problem($"{source}: the item at line {item.Line}{(string.IsNullOrWhiteSpace(title) ? "" : $" ('{PostFileText.Line(title)}')")} {reason}");
}
