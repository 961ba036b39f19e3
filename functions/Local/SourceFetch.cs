using Pipeline.Collecting;

namespace Pipeline.Functions.Local;

/// <summary>Brings sources of posts onto this machine, and out of their packing.</summary>
internal static class SourceFetch
{
    // A server that says nothing for so long will not say anything.
    private static readonly TimeSpan DownloadTime = TimeSpan.FromMinutes(10);

    /// <summary>Brings a source into a folder, if it is not on this machine or packed.</summary>
    /// <param name="source">A file, a folder, a feed's https address or a git address.</param>
    /// <param name="temporary">An empty folder for what is brought.</param>
    /// <param name="log">Takes what could not be unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The file or folder that is the source now.</returns>
    public static async Task<string> ToFileAsync(string source, string temporary, CollectLog log, CancellationToken cancellationToken)
    {
        if (GitAddress.Find(source) is { } repository && !Path.Exists(source))
        {
            return await GitDownload.ToFolderAsync(repository, temporary, cancellationToken);
        }

        var path = Path.GetFullPath(source);
        if (Uri.TryCreate(source, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            using var client = new HttpClient { Timeout = DownloadTime };
            client.DefaultRequestHeaders.UserAgent.ParseAdd("Pipeline");
            path = Path.Combine(temporary, "feed");
            await new FeedDownload(client).ToFileAsync(address, path, cancellationToken);
        }

        return File.Exists(path) && ArchiveFile.Is(path) ? await ArchiveFile.UnpackAsync(path, source, temporary, log, cancellationToken) : path;
    }
}
