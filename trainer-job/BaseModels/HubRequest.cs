using System.Net;
using System.Net.Http.Headers;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>One request to the hub, with its redirects followed by hand: the first answer says what the file is, and none may lead from https to http.</summary>
internal static class HubRequest
{
    private const int MostRedirects = 5;

    /// <summary>Sends it.</summary>
    /// <param name="client">Must not follow redirects by itself.</param>
    /// <param name="address">The file.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <returns>The last answer, its body unread, and what the first that described the file said.</returns>
    /// <exception cref="DownloadException">A redirect leads nowhere or out of https.</exception>
    public static async Task<(HttpResponseMessage Response, HubFileInfo Info)> SendAsync(HttpClient client, Uri address, long from, CancellationToken cancellationToken)
    {
        HubFileInfo? info = null;
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null;

            // Lengths and checksums are of the bytes as they are, so none may be packed on the way.
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (info is null or { Sha256: null, GitBlob: null })
            {
                // A renamed repository is answered by a redirect that does not describe the file yet.
                info = HubFileInfo.Of(response);
            }

            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return (response, info);
            }

            using (response)
            {
                address = Next(address, response.Headers.Location, redirects);
            }
        }
    }

    private static Uri Next(Uri address, Uri? location, int redirects)
    {
        var next = location is null ? null : new Uri(address, location);
        return next is not null && redirects < MostRedirects && (next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && address.Scheme == Uri.UriSchemeHttp))
            ? next
            : throw new DownloadException(redirects >= MostRedirects
                ? $"{address} redirects without end."
                : $"{address} redirects to {(next is null ? "no address" : next.GetLeftPart(UriPartial.Path))}, which is not followed.");
    }
}
