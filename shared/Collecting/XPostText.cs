using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>What an author of X wrote, of what the archive holds: shortened links as they were, none to pictures and quoted posts, no escapes.</summary>
internal static partial class XPostText
{
    // Of archives since 2018, of those before, and of long posts.
    private static readonly string[] DateForms = ["ddd MMM dd HH:mm:ss zzz yyyy", "yyyy-MM-dd HH:mm:ss zzz", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"];

    /// <summary>Reads a date of an archive; null if it is none.</summary>
    public static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParseExact(text, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var date) ? date : null;

    /// <summary>Shortened links of the post that lead to other posts.</summary>
    public static IEnumerable<string> Quoted(JsonElement tweet) => Links(tweet)
        .Where(link => PostAddress().IsMatch(link.Expanded))
        .Select(link => link.Short);

    /// <summary>The text as it was written.</summary>
    public static string Clean(string text, JsonElement tweet)
    {
        var quoted = Quoted(tweet).ToHashSet(StringComparer.Ordinal);
        foreach (var (shortened, expanded) in Links(tweet))
        {
            text = text.Replace(shortened, quoted.Contains(shortened) ? "" : expanded, StringComparison.Ordinal);
        }

        // What is left of these leads to the post's own pictures.
        return WebUtility.HtmlDecode(ShortLink().Replace(text, "")).Trim();
    }

    private static IEnumerable<(string Short, string Expanded)> Links(JsonElement tweet) =>
        from url in tweet.Member("entities").Member("urls").List()
        let shortened = url.Text("url")
        let expanded = url.Text("expanded_url")
        where shortened is not null && expanded is not null
        select (shortened, expanded);

    [GeneratedRegex(@"^https?://(?:[a-z]{1,10}\.)?(?:twitter|x)\.com/[^/]{1,80}/status(?:es)?/[0-9]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PostAddress();

    [GeneratedRegex(@"\s?https?://t\.co/[A-Za-z0-9]{1,30}", RegexOptions.CultureInvariant)]
    private static partial Regex ShortLink();
}
