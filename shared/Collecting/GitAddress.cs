using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>Tells addresses of git repositories from files and feeds.</summary>
public static partial class GitAddress
{
    /// <summary>The address that git understands; null if the source is none of git.</summary>
    /// <param name="source">Such as <c>https://github.com/owner/name</c>, <c>github:owner/name</c>, <c>git@host:path.git</c>, <c>ssh://…</c>, <c>file://…</c> or any address that ends in <c>.git</c>.</param>
    public static string? Find(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (GitHub().Match(source) is { Success: true } match)
        {
            return $"https://github.com/{match.Groups[1].Value}/{match.Groups[2].Value}.git";
        }

        return ScpForm().IsMatch(source) || (Uri.TryCreate(source, UriKind.Absolute, out var address)
            && (address.Scheme is "ssh" || (address.Scheme is "file" or "https" or "http" && address.AbsolutePath.EndsWith(".git", StringComparison.Ordinal) && source.Contains("://", StringComparison.Ordinal))))
            ? source
            : null;
    }

    [GeneratedRegex(@"\A(?:github:|https://github\.com/)([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100}?)(?:\.git)?/?\z", RegexOptions.CultureInvariant)]
    private static partial Regex GitHub();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,255}:[^\s]{1,500}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ScpForm();
}
