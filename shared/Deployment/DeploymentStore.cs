using System.Security.Cryptography;
using Pipeline.Storage;

namespace Pipeline.Deployment;

/// <summary>The deployment that is in force, kept as <c>registry/deployment.json</c>.</summary>
/// <param name="store">The store.</param>
public sealed class DeploymentStore(IBlobStore store)
{
    /// <summary>Where it lies.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "deployment.json");

    /// <summary>Puts a deployment in force.</summary>
    public Task WriteAsync(DeploymentManifest manifest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return store.WriteAsync(Blob, manifest.ToJson(), BlobCondition.None, cancellationToken);
    }

    /// <summary>The deployment in force with what names it, or null.</summary>
    /// <exception cref="FormatException">What lies there is none.</exception>
    public async Task<(DeploymentManifest Manifest, string Id)?> ReadAsync(CancellationToken cancellationToken) =>
        await store.ReadAsync(Blob, cancellationToken) is var (bytes, _)
            ? (DeploymentManifest.FromJson(bytes), Convert.ToHexStringLower(SHA256.HashData(bytes))[..16])
            : null;
}
