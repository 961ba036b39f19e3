using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>Compares a file on disk with what the hub said of it.</summary>
internal static class FileVerification
{
    /// <summary>What is wrong with the file, or null.</summary>
    public static async Task<string?> ProblemAsync(string path, HubFileInfo info, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (info.Length is { } length && stream.Length != length)
        {
            return $"{stream.Length} bytes came where {length} were announced";
        }

        if (info.Sha256 is { } sha256)
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)) == sha256 ? null : "its SHA-256 is not the one announced";
        }

        return info.GitBlob is { } blob && await GitBlobAsync(stream, cancellationToken) != blob ? "its checksum is not the one announced" : null;
    }

    [SuppressMessage("Security", "CA5350", Justification = "Git names its objects so; it guards against damage, not against an attacker.")]
    private static async Task<string> GitBlobAsync(FileStream stream, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {stream.Length}\0")));
        var buffer = new byte[1 << 16];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
