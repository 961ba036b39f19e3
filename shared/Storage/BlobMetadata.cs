using System.Text.RegularExpressions;

namespace Pipeline.Storage;

/// <summary>The rules for user metadata, which are those of HTTP headers, so that both stores take the same.</summary>
internal static partial class BlobMetadata
{
    // Azure Blob Storage: names and values together.
    private const int MostBytes = 8 * 1024;

    /// <summary>No metadata.</summary>
    public static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>();

    /// <summary>Refuses what one of the stores could not give back unchanged.</summary>
    /// <exception cref="ArgumentException">A key or value is not allowed; the message names it.</exception>
    public static void Check(IReadOnlyDictionary<string, string>? metadata)
    {
        foreach (var (key, value) in metadata ?? Empty)
        {
            if (!Key().IsMatch(key))
            {
                throw new ArgumentException($"'{key}' is no metadata key: lower-case letters, digits and underscores, not a digit first.", nameof(metadata));
            }

            if (!Value().IsMatch(value))
            {
                throw new ArgumentException($"The metadata value of '{key}' must be printable ASCII, not empty, with no blank at either end.", nameof(metadata));
            }
        }

        if ((metadata ?? Empty).Sum(pair => pair.Key.Length + pair.Value.Length) > MostBytes)
        {
            throw new ArgumentException($"Metadata may hold {MostBytes} bytes at most.", nameof(metadata));
        }
    }

    [GeneratedRegex(@"\A[a-z_][a-z0-9_]*\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"\A[!-~](?:[ -~]*[!-~])?\z")]
    private static partial Regex Value();
}
