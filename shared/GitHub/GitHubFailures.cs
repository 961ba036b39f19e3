using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Pipeline.GitHub;

/// <summary>Says what a refusal means for the blog's owner.</summary>
internal static partial class GitHubFailures
{
    private const int LongestQuote = 300;

    /// <summary>The exception for an answer that is no success.</summary>
    public static GitHubException Of(GitHubReply reply, string endpoint, RepositoryName repository, DateTimeOffset now)
    {
        var said = Quote(reply.Message);
        var (failure, message) = reply.Status switch
        {
            _ when reply.IsRateLimited => (GitHubFailure.RateLimited,
                $"GitHub's rate limit is used up until {now + reply.LimitWait(now, 0):u}. It is tried again at the next run."),
            HttpStatusCode.Unauthorized => (GitHubFailure.Unauthorized,
                "GitHub does not accept the token: it is wrong, expired or revoked. Make a new one, or check the App's id and key, and set it in the app's settings."),
            HttpStatusCode.Forbidden or HttpStatusCode.UnavailableForLegalReasons when said.Contains("archived", StringComparison.OrdinalIgnoreCase) => (GitHubFailure.Forbidden,
                $"{repository} is archived, and nothing can be written to it. Unarchive it, or name another repository."),
            _ when IsRule(said) => (GitHubFailure.Protected,
                $"A rule of {repository} forbids this: {said}. Let the App or token make branches named pipeline/post-* (Settings, Rules)."),
            HttpStatusCode.Forbidden => (GitHubFailure.Forbidden,
                $"The token lacks a permission: {said}. It needs read and write for contents and pull requests of {repository}{(reply.Permissions is { } needed ? $" (this call: {Quote(needed)})" : "")}."),
            HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => (GitHubFailure.Moved,
                $"{repository} was renamed or transferred. Set PIPELINE_GITHUB_REPOSITORY to its new name."),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => (GitHubFailure.NotFound,
                $"GitHub has no such thing in {repository}, or the token may not see it: check the name and that the token or App is given to this repository."),
            HttpStatusCode.Conflict when said.Contains("empty", StringComparison.OrdinalIgnoreCase) => (GitHubFailure.Empty,
                $"{repository} has no commit yet. Push the blog to it first."),
            HttpStatusCode.Conflict => (GitHubFailure.Conflict, $"Somebody else changed {repository} at the same time: {said}."),
            HttpStatusCode.UnprocessableEntity => (GitHubFailure.Invalid, $"GitHub refuses what was sent: {said}."),
            _ when (int)reply.Status >= 500 => (GitHubFailure.Unavailable, $"GitHub fails at the moment: {said}. It is tried again at the next run."),
            _ => (GitHubFailure.Other, $"GitHub's answer is unexpected: {said}."),
        };
        return new GitHubException(failure, endpoint, message, reply.Status);
    }

    private static bool IsRule(string said) =>
        said.Contains("rule violation", StringComparison.OrdinalIgnoreCase)
        || said.Contains("protected branch", StringComparison.OrdinalIgnoreCase)
        || said.Contains("creations being restricted", StringComparison.OrdinalIgnoreCase);

    // An answer may repeat what was sent to it, and a proxy's page anything.
    private static string Quote(string text)
    {
        var line = Blank().Replace(Secret().Replace(text, "…"), " ").Trim().TrimEnd('.');
        return line.Length == 0 ? "it gives no reason" : line.Length <= LongestQuote ? line : string.Create(CultureInfo.InvariantCulture, $"{line.AsSpan(0, LongestQuote)}…");
    }

    // GitHub's prefixes (https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github), a JSON web token, PEM, and anything behind "Bearer".
    [GeneratedRegex(@"\b(?:gh[pousr]_|github_pat_)\w+|\beyJ[\w-]+\.[\w-]+\.?[\w-]*|-----BEGIN[^-]*-----[\s\S]*|(?<=\b(?:Bearer|token)\s+)\S{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    [GeneratedRegex(@"[\s\p{C}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Blank();
}
