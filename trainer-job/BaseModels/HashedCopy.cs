using System.Security.Cryptography;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>Copies a stream and hashes it on the way.</summary>
internal static class HashedCopy
{
    private const int BufferBytes = 1 << 17;

    /// <summary>Copies to the end.</summary>
    /// <returns>SHA-256 in lower-case hexadecimal, and bytes.</returns>
    public static async Task<(string Sha256, long Length)> RunAsync(Stream source, Stream target, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        var length = 0L;
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            length += read;
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), length);
    }
}
