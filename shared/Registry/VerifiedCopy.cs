using System.Security.Cryptography;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>Copies a file and checks on the way that it is the one that was promised.</summary>
internal static class VerifiedCopy
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Copies; never more bytes than were promised, however long the source is.</summary>
    /// <exception cref="RegistryException">Length or hash differ.</exception>
    public static async Task RunAsync(Stream source, Stream target, ModelFile promised, BlobName name, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        var length = 0L;
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            length += read;
            if (length > promised.Length)
            {
                throw Differs(name, $"it is longer than the {promised.Length} bytes");
            }

            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        if (length != promised.Length)
        {
            throw Differs(name, $"it has {length} of the {promised.Length} bytes");
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != promised.Sha256)
        {
            throw Differs(name, "it has not the SHA-256");
        }
    }

    private static RegistryException Differs(BlobName name, string how) =>
        new($"The blob {name} is damaged: {how} that the manifest says. Publish the model again under a new version.");
}
