using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Pipeline.Storage;

namespace Pipeline.Backups;

/// <summary>A blob or file of a backup. Its bytes lie under their hash, so that backups share what did not change.</summary>
/// <param name="Place"><c>store</c> for a blob, else the name of a folder.</param>
/// <param name="Name">Container and path of a blob, or a file's path in its folder; with forward slashes.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Metadata">A blob's metadata; null for none.</param>
public sealed record BackupEntry(string Place, string Name, string Sha256, long Length, IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>What a backup holds: written last, when all that it names is there.</summary>
public sealed partial record BackupIndex
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The place of blobs.</summary>
    public const string StorePlace = "store";

    /// <summary>When the backup was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What is in it.</summary>
    public required IReadOnlyList<BackupEntry> Entries { get; init; }

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Bytes of all entries.</summary>
    [JsonIgnore]
    public long Length => Entries.Sum(entry => entry.Length);

    /// <summary>Writes the index as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BackupJson.Default.BackupIndex);

    /// <summary>Reads an index and checks every name in it: it may come from anywhere.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="what">Its name in messages.</param>
    /// <exception cref="FormatException">It is damaged, of a newer format, or names what no backup may.</exception>
    public static BackupIndex FromJson(ReadOnlySpan<byte> utf8, string what)
    {
        var index = StoredForm.Read(utf8, BackupJson.Default.BackupIndex, read => read.Format, CurrentFormat, what, "Take another backup.");
        return index.Entries is { } entries && entries.All(IsSound) ? index : throw new FormatException($"{what} names what cannot be in a backup. Take another backup.");
    }

    // A blob's name is checked as one; a file's must stay in its folder.
    private static bool IsSound(BackupEntry? entry) =>
        entry is { Place: not null, Name: not null, Sha256: not null, Length: >= 0 }
        && Sha256().IsMatch(entry.Sha256)
        && !entry.Name.Split('/').Any(part => part is "" or "." or "..")
        && !entry.Name.Contains('\\', StringComparison.Ordinal)
        && (entry.Place != StorePlace || (entry.Name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && Containers.All.Contains(entry.Name[..slash])));

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Sha256();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupIndex))]
internal sealed partial class BackupJson : JsonSerializerContext;
