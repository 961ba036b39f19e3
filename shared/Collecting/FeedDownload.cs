using System.Net;
using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>Brings a feed from the web into a file.</summary>
/// <param name="client">Sends the request.</param>
public sealed class FeedDownload(HttpClient client)
{
    /// <summary>The largest feed that is downloaded, in bytes.</summary>
    public const long Largest = 256L * 1024 * 1024;

    /// <summary>Downloads an address.</summary>
    /// <exception cref="BlogException">The address gives no feed.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or breaks off.</exception>
    public async Task ToFileAsync(Uri address, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        {
            throw new BlogException($"{address} is no https address: name one, or a file.");
        }

        using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw response.StatusCode >= HttpStatusCode.InternalServerError
                ? new HttpRequestException($"{address} answers with {(int)response.StatusCode}: try again later.")
                : new BlogException($"{address} answers with {(int)response.StatusCode}: correct the address, or download the feed and name the file.");
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[1 << 16];
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (file.Length + read > Largest)
            {
                throw new BlogException($"{address} is larger than the {Largest / 1048576} MB that are downloaded: download it and name the file.");
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }
}
