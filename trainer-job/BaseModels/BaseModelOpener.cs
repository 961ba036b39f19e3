using System.Net;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>Opens a base model wherever it lies, bringing it into the cache first if need be.</summary>
/// <param name="cacheFolder">The folder for what can be fetched again.</param>
/// <param name="hub">The hub's address: https, or http on this machine.</param>
/// <param name="clock">The time.</param>
/// <param name="say">Told what is going on.</param>
internal sealed class BaseModelOpener(string cacheFolder, string hub, TimeProvider clock, Action<string> say)
{
    private const string UserAgent = "pipeline-trainer/0.1";

    /// <summary>Opens the model that a setting names.</summary>
    /// <param name="text">The shipped one, a folder, blobs or a model of the hub; see <see cref="BaseModelSource.Parse"/>.</param>
    /// <param name="store">The store, if there is one.</param>
    /// <exception cref="InputException">The setting names nothing.</exception>
    /// <exception cref="DownloadException">The model cannot be fetched.</exception>
    public async Task<BaseModel> OpenAsync(string text, IBlobStore? store, CancellationToken cancellationToken)
    {
        var source = BaseModelSource.Parse(text);
        var folder = source switch
        {
            BaseModelSource.Shipped => ShippedBase.Demand(),
            BaseModelSource.LocalFolder local => local.Path,
            BaseModelSource.Blobs blobs => await FetchAsync(blobs, store, cancellationToken),
            BaseModelSource.Hub model => await FetchAsync(model, cancellationToken),
            _ => throw new InvalidOperationException("A base model has no other source."),
        };
        return await BaseModel.OpenAsync(source.Name, folder, cancellationToken);
    }

    private async Task<string> FetchAsync(BaseModelSource.Blobs source, IBlobStore? store, CancellationToken cancellationToken)
    {
        var files = await BlobModelFiles.OpenAsync(
            store ?? throw new InputException($"{source.Name} lies in a store, and none is given: name one with --store, or a folder with --base."), source, cancellationToken);
        return await DownloadAsync(files, files.Key, cancellationToken);
    }

    private async Task<string> FetchAsync(BaseModelSource.Hub source, CancellationToken cancellationToken)
    {
        var address = Uri.TryCreate(hub.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? uri
            : throw new InputException($"'{hub}' is no address of a hub; it must begin with https://.");
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
        var files = new HubModelFiles(client, address, source, clock, say);
        return await DownloadAsync(files, files.Key, cancellationToken);
    }

    private async Task<string> DownloadAsync(IModelFiles files, string key, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(Path.Combine(cacheFolder, "bases", key));
        await ModelDownload.RunAsync(files, folder, say, cancellationToken);
        return folder;
    }
}
