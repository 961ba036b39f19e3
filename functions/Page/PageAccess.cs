using System.Security.Cryptography;
using System.Text;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Page;

/// <summary>
/// Who may read the page and its JSON: everyone, or who gives the key, by a cookie from signing in or as the header of every call.
/// Actions are not its matter: their functions ask for the app's key themselves.
/// </summary>
internal sealed class PageAccess(PipelineSettings settings)
{
    /// <summary>Where a caller sends the key.</summary>
    public const string KeyHeader = "x-functions-key";

    private const string Cookie = "pipeline-page";
    private const string HostPort = "FUNCTIONS_CUSTOMHANDLER_PORT";
    private static readonly TimeSpan CookieAge = TimeSpan.FromDays(30);

    // All that the page needs is its own; nothing inline runs, and no text becomes markup but through the page's one policy.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types page";

    private string? Key => settings.PageKey is { Length: > 0 } key ? key : settings.FunctionKey is { Length: > 0 } own ? own : null;

    /// <summary>Whether reading needs the key.</summary>
    public bool Closed => settings.Page == "closed";

    /// <summary>Whether there is a key at all by which a closed page could be opened.</summary>
    public bool HasKey => Key is not null;

    /// <summary>Whether actions need a key: Azure's host always asks for one.</summary>
    public bool ActionsNeedKey { get; } = settings.FunctionKey is { Length: > 0 } || Environment.GetEnvironmentVariable(HostPort) is { Length: > 0 };

    /// <summary>Whether a request may read.</summary>
    public bool MayRead(HttpRequest request) => !Closed || (Key is { } key
        && ((request.Headers[KeyHeader] is [{ } sent, ..] && Same(sent, key)) || (request.Cookies[Cookie] is { } cookie && Same(cookie, Ticket(key)))));

    /// <summary>Sets the headers of every answer of the page.</summary>
    /// <returns>The refusal of a request that may not read, or null.</returns>
    public IResult? Check(HttpRequest request)
    {
        Protect(request.HttpContext.Response);
        return MayRead(request) ? null : HttpAnswers.Error($"Reading is closed here. Send the page's key as the header {KeyHeader}.", StatusCodes.Status401Unauthorized);
    }

    /// <summary>Sets the headers of every answer of the page.</summary>
    public static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
    }

    /// <summary>Signs in.</summary>
    /// <returns>Whether the key was right; then the response carries the cookie.</returns>
    public bool SignIn(HttpRequest request, string key)
    {
        if (Key is not { } own || !Same(key, own))
        {
            return false;
        }

        // The host speaks plain HTTP to us whatever the caller spoke to it.
        var secure = request.IsHttps || request.Headers["X-Forwarded-Proto"] == "https";
        request.HttpContext.Response.Cookies.Append(
            Cookie, Ticket(own), new() { HttpOnly = true, Secure = secure, SameSite = SameSiteMode.Lax, MaxAge = CookieAge, Path = "/" });
        return true;
    }

    // The cookie shows that its bearer knew the key, and does not tell it; another key makes it worthless.
    private static string Ticket(string key) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), "pipeline page"u8));

    // Hashed first, so that the comparison takes the same time for every length.
    private static bool Same(string first, string second) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(first)), SHA256.HashData(Encoding.UTF8.GetBytes(second)));
}
