using System.IO.Enumeration;

namespace Pipeline.Posts;

/// <summary>One entry of a configuration's <c>exclude:</c>.</summary>
internal static class ExcludePattern
{
    /// <summary>
    /// Whether the entry takes out a file or a folder above it. As in Jekyll an entry is the beginning of a path or a shell pattern
    /// whose <c>*</c> crosses slashes.
    /// </summary>
    public static bool Matches(string pattern, string relativePath)
    {
        pattern = pattern.TrimStart('/');
        return pattern.Length > 0
            && (relativePath.StartsWith(pattern, StringComparison.Ordinal)
                || (pattern.AsSpan().ContainsAny('*', '?') && AnyLevel(pattern, relativePath)));
    }

    private static bool AnyLevel(string pattern, string relativePath)
    {
        for (var end = relativePath.Length; end > 0; end = relativePath.LastIndexOf('/', end - 1))
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, relativePath.AsSpan(0, end), ignoreCase: false))
            {
                return true;
            }
        }

        return false;
    }
}
