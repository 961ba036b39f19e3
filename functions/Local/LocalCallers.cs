using System.Net;

namespace Pipeline.Functions.Local;

/// <summary>
/// Who may call while no key is set: programs of this machine and the page itself. A foreign site that is open in a browser here can reach
/// this machine too, and is told apart by what the browser says of a request.
/// </summary>
internal static class LocalCallers
{
    /// <summary>Why a request is refused; null if it is not.</summary>
    public static string? RefusalOf(HttpRequest request)
    {
        // A name that leads to this machine may be anybody's (DNS rebinding).
        if (!IsLoopback(request.Host.Host))
        {
            return $"Without a key only this machine is served, and {request.Host.Host} may be anybody's name for it. Set PIPELINE_FUNCTION_KEY to serve under another name.";
        }

        // https://www.w3.org/TR/fetch-metadata/; older browsers send the origin alone.
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var foreign = request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            || (request.Headers.Origin is [{ } origin, ..] && (!Uri.TryCreate(origin, UriKind.Absolute, out var site) || site.Authority != request.Host.ToString()));
        return foreign && !(reads && request.Headers["Sec-Fetch-Mode"] == "navigate" && !request.Path.StartsWithSegments("/api"))
            ? "Another site sent this request. Set PIPELINE_FUNCTION_KEY if that is meant."
            : null;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
