using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Pipeline.Storage;

/// <summary>Blobs in Azure Blob Storage. The client repeats what fails for a moment; large blobs go up in blocks.</summary>
/// <remarks>
/// If an answer is lost, the client repeats a write that was done, and a condition then fails on our own write: whoever writes with a
/// condition must take its failure as "read again", as <see cref="BlobConditionException"/> says.
/// </remarks>
public sealed class AzureBlobStore(BlobServiceClient client) : IBlobStore
{
    // Two blocks under way at a time: at most this much memory a write, and 50,000 blocks reach 400 GB.
    private static readonly StorageTransferOptions Blocks = new()
    {
        InitialTransferSize = 8 << 20,
        MaximumTransferSize = 8 << 20,
        MaximumConcurrency = 2,
    };

    private readonly ConcurrentDictionary<string, bool> _containersMade = new();

    /// <inheritdoc />
    public Task<BlobContent?> OpenAsync(BlobName name, CancellationToken cancellationToken) => AskAsync<BlobContent?>(name, "read", async () =>
    {
        var download = await BlobOf(name).DownloadStreamingAsync(cancellationToken: cancellationToken);
        var details = download.Value.Details;
        return new BlobContent(
            new BlobEntry(name, Text(details.ETag), details.ContentLength, details.LastModified, Metadata(details.Metadata)),
            new AzureBlobStream(download.Value.Content, name));
    }, ifMissing: null);

    /// <inheritdoc />
    public Task<BlobEntry?> FindAsync(BlobName name, CancellationToken cancellationToken) => AskAsync<BlobEntry?>(name, "read", async () =>
    {
        var properties = (await BlobOf(name).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        return new BlobEntry(name, Text(properties.ETag), properties.ContentLength, properties.LastModified, Metadata(properties.Metadata));
    }, ifMissing: null);

    /// <inheritdoc />
    public async Task<string> WriteAsync(BlobName name, Stream content, BlobCondition condition, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        BlobMetadata.Check(metadata);
        await MakeContainerAsync(name, cancellationToken);
        var options = new BlobUploadOptions
        {
            Conditions = Conditions(condition),
            Metadata = metadata?.ToDictionary(),
            TransferOptions = Blocks,
        };
        try
        {
            return await CallAsync(name, "written", async () => Text((await BlobOf(name).UploadAsync(content, options, cancellationToken)).Value.ETag));
        }
        catch (BlobStoreException exception) when (exception.InnerException is RequestFailedException { ErrorCode: "ContainerNotFound" })
        {
            // Somebody deleted it: the next write makes it again.
            _containersMade.TryRemove(name.Container, out _);
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<bool> DeleteAsync(BlobName name, BlobCondition condition, CancellationToken cancellationToken)
    {
        if (condition is BlobCondition.MustBeAbsent)
        {
            return await FindAsync(name, cancellationToken) is null ? false : throw new BlobConditionException(name);
        }

        var deleted = await AskAsync(name, "deleted", async () =>
        {
            await BlobOf(name).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, Conditions(condition), cancellationToken);
            return true;
        }, ifMissing: false);
        return deleted || condition is not BlobCondition.MustMatch ? deleted : throw new BlobConditionException(name);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<BlobEntry> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckContainer(container);
        var items = await AskAsync(container, "listed", async () =>
        {
            var read = new List<BlobItem>();
            await foreach (var item in client.GetBlobContainerClient(container).GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, prefix, cancellationToken))
            {
                read.Add(item);
            }

            return read;
        }, ifMissing: []);

        // Services differ in the order of letters beyond the basic plane.
        foreach (var item in items.Where(item => BlobName.ProblemOf(item.Name) is null).OrderBy(item => item.Name, Utf8Order.Instance))
        {
            var properties = item.Properties;
            yield return new BlobEntry(
                new BlobName(container, item.Name), Text(properties.ETag ?? default), properties.ContentLength ?? 0, properties.LastModified ?? default, Metadata(item.Metadata));
        }
    }

    /// <summary>The exception that the store gives for one of the client's, or null if it is none of the client's.</summary>
    internal static IOException? Fault(object what, string verb, Exception exception) => exception switch
    {
        // InvalidBlockList: another writer committed the blob meanwhile, which discards our blocks.
        RequestFailedException { ErrorCode: "ConditionNotMet" or "BlobAlreadyExists" or "InvalidBlockList" } when what is BlobName name => new BlobConditionException(name, exception),
        RequestFailedException { Status: 401 or 403 } failed => new BlobStoreException(
            $"{what} could not be {verb}: the storage account refused us ({failed.ErrorCode}). Give this identity the role Storage Blob Data Contributor, or see that the key is right.", exception),
        RequestFailedException failed => new BlobStoreException($"{what} could not be {verb}: the storage account answered {failed.Status} {failed.ErrorCode}. Try again later.", exception),
        // What the client throws after its last attempt to connect.
        AggregateException => new BlobStoreException($"{what} could not be {verb}: the storage account cannot be reached. See that its address is right and the network is up.", exception),
        AuthenticationFailedException => new BlobStoreException($"{what} could not be {verb}: no sign-in to Azure. Give the program a managed identity, or sign in.", exception),
        _ => null,
    };

    private async Task MakeContainerAsync(BlobName name, CancellationToken cancellationToken)
    {
        if (!_containersMade.ContainsKey(name.Container))
        {
            await CallAsync(name, "written", () => client.GetBlobContainerClient(name.Container).CreateIfNotExistsAsync(cancellationToken: cancellationToken));
            _containersMade.TryAdd(name.Container, true);
        }
    }

    private BlobClient BlobOf(BlobName name) => client.GetBlobContainerClient(name.Container).GetBlobClient(name.Path);

    private static BlobRequestConditions? Conditions(BlobCondition condition) => condition switch
    {
        BlobCondition.MustBeAbsent => new BlobRequestConditions { IfNoneMatch = ETag.All },
        BlobCondition.MustMatch match => new BlobRequestConditions { IfMatch = new ETag(match.ETag.Trim('"')) },
        _ => null,
    };

    // Headers have quotes around it, listings have none.
    private static string Text(ETag etag) => etag.ToString().Trim('"');

    private static Dictionary<string, string> Metadata(IDictionary<string, string>? metadata) =>
        metadata?.ToDictionary(pair => pair.Key.ToLowerInvariant(), pair => pair.Value) ?? [];

    private static async Task<T> AskAsync<T>(object what, string verb, Func<Task<T>> call, T ifMissing)
    {
        try
        {
            return await CallAsync(what, verb, call);
        }
        catch (BlobStoreException exception) when (exception.InnerException is RequestFailedException { Status: 404 })
        {
            return ifMissing;
        }
    }

    private static async Task<T> CallAsync<T>(object what, string verb, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (Fault(what, verb, exception) is { } fault)
        {
            throw fault;
        }
    }
}
