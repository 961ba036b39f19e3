using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Publishing;

/// <summary>
/// The last line of our commits' messages, <c>Pipeline-Post: YYYY-MM-DD sha256:HEX</c>: the day and the SHA-256 of the post's path, a zero
/// byte and the file's bytes. It tells our commits from a person's: a new commit does not have it, and one that a person amended keeps the
/// line but no longer the content. It is no signature: whoever may write to the branch can make one.
/// </summary>
internal static class CommitMark
{
    private const string Key = "Pipeline-Post: ";

    /// <summary>The line of a post.</summary>
    public static string Of(DateOnly day, string path, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(path + "\0"));
        hash.AppendData(content);
        return string.Create(CultureInfo.InvariantCulture, $"{Key}{day:yyyy-MM-dd} sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    /// <summary>A message with the line of its post.</summary>
    public static string Sign(string message, DateOnly day, string path, ReadOnlySpan<byte> content) => $"{message}\n\n{Of(day, path, content)}";

    /// <summary>Whether a line is that of a day.</summary>
    public static bool IsOf(string line, DateOnly day) => line.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{Key}{day:yyyy-MM-dd} "), StringComparison.Ordinal);

    /// <summary>The line in a commit's message; null if it has none.</summary>
    public static string? Find(string message) =>
        message.Split('\n').Select(line => line.Trim()).LastOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
}
