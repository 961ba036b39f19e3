using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>What a page of HTML says of itself, and the part of it that is the post.</summary>
/// <param name="Title">Its title; null if it has none.</param>
/// <param name="Date">When it says that it was published.</param>
/// <param name="Language">The code of two letters that it names.</param>
/// <param name="Body">The article, else the main part, else the body, without what frames it.</param>
internal sealed partial record HtmlPage(string? Title, DateTimeOffset? Date, string? Language, string Body)
{
    /// <summary>Reads a page, or a piece of one.</summary>
    public static HtmlPage Parse(string html)
    {
        var title = Inside(html, "title") is { } text ? PlainText.OfHtml(text) : null;
        var body = Inside(html, "article") ?? Inside(html, "main") ?? Inside(html, "body") ?? html;
        var published = Published().Match(html);
        var language = LanguageAttribute().Match(html);
        return new(
            string.IsNullOrEmpty(title) ? null : title,
            XmlPosts.Date(published.Success ? published.Groups[published.Groups[1].Success ? 1 : 2].Value : null),
            language.Success ? language.Groups[1].Value.ToLowerInvariant() : null,
            Frame().Replace(body, ""));
    }

    // From the first start to the last end of an element: articles hold articles.
    private static string? Inside(string html, string element)
    {
        var start = html.IndexOf($"<{element}", StringComparison.OrdinalIgnoreCase);
        if (start < 0 || start + element.Length + 1 >= html.Length || html[start + element.Length + 1] is not ('>' or ' ' or '\n' or '\t' or '\r')
            || html.IndexOf('>', start) is not (>= 0 and var open))
        {
            return null;
        }

        var end = html.LastIndexOf($"</{element}", StringComparison.OrdinalIgnoreCase);
        return end > open ? html[(open + 1)..end] : html[(open + 1)..];
    }

    [GeneratedRegex("""<meta[^>]{0,300}?(?:article:published_time|name="date"|name="dcterms\.created")[^>]{0,300}?content="([^"]{8,40})"|<time[^>]{0,300}?datetime="([^"]{8,40})""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Published();

    [GeneratedRegex("""<html[^>]{0,300}?\slang="([a-z]{2})[-"]""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex LanguageAttribute();

    [GeneratedRegex(@"<(nav|header|footer|aside|form)\b[^>]{0,1000}>.{0,20000}?</\1\s?>", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Frame();
}
