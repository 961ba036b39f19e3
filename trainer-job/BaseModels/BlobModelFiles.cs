using System.Security.Cryptography;
using System.Text;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>A model folder in a store. Where a manifest stands beside the files, what it says of them must hold.</summary>
internal sealed class BlobModelFiles : IModelFiles
{
    private const int KeyDigits = 16;
    private readonly IBlobStore _store;
    private readonly string _container;
    private readonly string _prefix;
    private readonly ModelManifest? _manifest;

    private BlobModelFiles(IBlobStore store, string container, string prefix, ModelManifest? manifest, string key)
    {
        (_store, _container, _prefix, _manifest) = (store, container, prefix, manifest);
        Key = key;
    }

    /// <inheritdoc />
    public string Name => $"{_container}/{_prefix}";

    /// <summary>A name for the folder that keeps the files: another one as soon as a blob changes.</summary>
    public string Key { get; }

    /// <summary>Looks at the blobs below a prefix.</summary>
    /// <exception cref="InputException">There are none, or the prefix is no name.</exception>
    public static async Task<BlobModelFiles> OpenAsync(IBlobStore store, BaseModelSource.Blobs source, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0;
        ModelManifest? manifest = null;
        try
        {
            await foreach (var entry in store.ListAsync(source.Container, source.Prefix + "/", cancellationToken))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Name} {entry.ETag} {entry.Length}\n"));
                count++;
            }

            if (await store.ReadAsync(new BlobName(source.Container, $"{source.Prefix}/{ModelManifest.FileName}"), cancellationToken) is var (bytes, _))
            {
                manifest = ModelManifest.FromJson(bytes);
            }
        }
        catch (ArgumentException exception)
        {
            throw new InputException($"'{source.Name}' names no blobs: {exception.Message}", exception);
        }

        return count > 0
            ? new BlobModelFiles(store, source.Container, source.Prefix, manifest, "blobs-" + Convert.ToHexStringLower(hash.GetHashAndReset())[..KeyDigits])
            : throw new InputException($"The store has no model {source.Name}, and there is no such folder. Name a folder, a model of the store or one of the hub.");
    }

    /// <inheritdoc />
    public async Task<bool> FetchAsync(string file, string target, CancellationToken cancellationToken)
    {
        await using var content = await _store.OpenAsync(new BlobName(_container, $"{_prefix}/{file}"), cancellationToken);
        if (content is null)
        {
            return false;
        }

        await AtomicFile.WriteAsync(target, async (stream, stop) =>
        {
            var found = await HashedCopy.RunAsync(content.Stream, stream, stop);
            var expected = _manifest?.Files.GetValueOrDefault(file) ?? new ModelFile(found.Sha256, content.Entry.Length);
            if (found != (expected.Sha256, expected.Length))
            {
                throw new DownloadException($"{Name}/{file} is damaged: it has not the bytes that the store or its manifest names. Publish the model again, or name another.");
            }
        }, cancellationToken);
        return true;
    }
}
