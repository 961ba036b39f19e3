using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.GitHub;

/// <summary>The id by which git names a file's bytes, so that equal ones are never fetched again.</summary>
internal static class GitBlobId
{
    /// <summary>The SHA-1 of the bytes behind git's header for a blob.</summary>
    // Git's format, not ours to choose; nothing rests on it but whether a file is read again.
#pragma warning disable CA5350
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0")));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
#pragma warning restore CA5350
}
