using System.Runtime.CompilerServices;
using Pipeline.Privacy;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>The published models: <c>models/{version}/…</c>. A version is there when its manifest is.</summary>
public sealed class ModelStore(IBlobStore store)
{
    private const string HashKey = "sha256";
    private const int LongestManifest = 4 << 20;

    /// <summary>Where a file of a version lies.</summary>
    /// <exception cref="RegistryException">That is no version.</exception>
    public static BlobName BlobOf(string version, string path)
    {
        ManifestCheck.CheckVersion(version);
        return new BlobName(Containers.Models, $"{version}/{path}");
    }

    /// <summary>
    /// Uploads a folder as a version, the manifest last. Done twice, or again after it broke off, it has one outcome: files that
    /// are there already are not uploaded again.
    /// </summary>
    /// <param name="folder">The model's files.</param>
    /// <param name="manifest">What to say of it. <see cref="ModelManifest.Files"/> is filled in from the folder.</param>
    /// <returns>The manifest as published.</returns>
    /// <exception cref="RegistryException">The manifest is not sound, or the version is there with other files.</exception>
    public async Task<ModelManifest> PublishAsync(string folder, ModelManifest manifest, CancellationToken cancellationToken)
    {
        var complete = manifest with { Files = await ModelFolder.DescribeAsync(folder, cancellationToken) };
        ManifestCheck.Check(complete);
        if (await ReadManifestAsync(complete.Version, cancellationToken) is { } there)
        {
            return SameFiles(there, complete) ? there : throw Taken(complete, inner: null);
        }

        foreach (var (path, file) in complete.Files)
        {
            await UploadAsync(Path.Combine(folder, path), BlobOf(complete.Version, path), file, cancellationToken);
        }

        try
        {
            using var content = new MemoryStream(complete.ToJson(), writable: false);
            await store.WriteAsync(BlobOf(complete.Version, ModelManifest.FileName), content, BlobCondition.Absent, TraceContext.AddTo(metadata: null), cancellationToken);
            return complete;
        }
        catch (BlobConditionException exception)
        {
            return await ReadManifestAsync(complete.Version, cancellationToken) is { } first && SameFiles(first, complete) ? first : throw Taken(complete, exception);
        }
    }

    /// <summary>The versions whose manifest is there, in ordinal order.</summary>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListAsync(Containers.Models, "", cancellationToken))
        {
            if (entry.Name.Path.Split('/') is [var version, ModelManifest.FileName])
            {
                yield return version;
            }
        }
    }

    /// <summary>A version's manifest, or null if there is no such version.</summary>
    /// <exception cref="RegistryException">The manifest is damaged, hostile, of a newer format or of another version.</exception>
    public async Task<ModelManifest?> ReadManifestAsync(string version, CancellationToken cancellationToken)
    {
        var name = BlobOf(version, ModelManifest.FileName);
        if (await store.FindAsync(name, cancellationToken) is { Length: > LongestManifest })
        {
            throw new RegistryException($"The blob {name} is longer than {LongestManifest} bytes: that is no manifest.");
        }

        if (await store.ReadAsync(name, cancellationToken) is not var (bytes, _))
        {
            return null;
        }

        var manifest = ModelManifest.FromJson(bytes);
        return manifest.Version == version
            ? manifest
            : throw new RegistryException($"The blob {name} is the manifest of another version, '{manifest.Version}'. Delete one of the two.");
    }

    /// <summary>Notes in a version's manifest that it learnt from a post which was to be forgotten since. Done twice, it is noted once.</summary>
    /// <exception cref="RegistryException">The manifest is not sound.</exception>
    public async Task MarkForgottenAsync(string version, ForgottenPost post, CancellationToken cancellationToken)
    {
        var name = BlobOf(version, ModelManifest.FileName);
        while (await store.ReadAsync(name, cancellationToken) is var (bytes, entry) && ModelManifest.FromJson(bytes) is var manifest && manifest.Forgotten.All(mark => mark.Post != post.Post))
        {
            try
            {
                using var content = new MemoryStream((manifest with { Forgotten = [.. manifest.Forgotten, post] }).ToJson(), writable: false);
                await store.WriteAsync(name, content, BlobCondition.Matches(entry.ETag), entry.Metadata, cancellationToken);
                return;
            }
            catch (BlobConditionException)
            {
                // Another post is being forgotten at the same time: look again.
            }
        }
    }

    private async Task UploadAsync(string source, BlobName target, ModelFile file, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(target, cancellationToken) is { } there && there.Length == file.Length && there.Metadata.GetValueOrDefault(HashKey) == file.Sha256)
        {
            return;
        }

        await using var content = ModelFolder.Open(source);
        await store.WriteAsync(target, content, BlobCondition.None, new Dictionary<string, string> { [HashKey] = file.Sha256 }, cancellationToken);
    }

    private static bool SameFiles(ModelManifest first, ModelManifest second) =>
        first.Files.Count == second.Files.Count && first.Files.All(pair => second.Files.GetValueOrDefault(pair.Key) == pair.Value);

    private static RegistryException Taken(ModelManifest manifest, Exception? inner) => new(
        $"The model version {manifest.Version} is published already, with other files. Train again with another seed or setting, or force a new version.", inner);
}
