using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Publishing;

/// <summary>Decides which link targets may stand in a generated post.</summary>
internal static class SafeLink
{
    // What RFC 3986 allows, without the characters that mean something to Markdown, Liquid or HTML.
    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#@!$&+,;=%");

    /// <summary>The target as it may be written between parentheses, or null if the link must go.</summary>
    /// <param name="url">A link's target as the Markdown parser found it.</param>
    /// <param name="hosts">The hosts, lower case, that the blog links to itself.</param>
    public static string? Target(string? url, IReadOnlySet<string> hosts)
    {
        if (string.IsNullOrEmpty(url) || url.Length > 2000 || url.AsSpan().ContainsAnyExcept(Allowed) || url.Contains("$$", StringComparison.Ordinal))
        {
            return null;
        }

        if (TryHost(url, out var host))
        {
            return hosts.Contains(host) ? url : null;
        }

        // Within the site: from its top, or within the page. A colon further on could be a scheme, two slashes a host.
        return (url[0] == '/' && !url.StartsWith("//", StringComparison.Ordinal)) || url[0] == '#' ? url : null;
    }

    /// <summary>The host of an absolute http or https address, lower case.</summary>
    public static bool TryHost(string url, [NotNullWhen(true)] out string? host)
    {
        host = null;
        if ((url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            && Uri.TryCreate(url, UriKind.Absolute, out var uri)
            && uri.UserInfo.Length == 0
            && uri.Host.Length > 0)
        {
            host = uri.Host.ToLowerInvariant();
        }

        return host is not null;
    }
}
