using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Storage;

/// <summary>
/// The metadata of one blob in a folder store. It is written before the blob is renamed into place and keeps the version that is
/// being replaced too, so that whichever of the two a reader or a crash finds, its metadata is there.
/// </summary>
/// <param name="Name">The blob, for people who look into the file.</param>
/// <param name="Versions">By ETag; at most two.</param>
internal sealed record FolderMetadata(string Name, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Versions)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Reads the file, or returns null if the blob has no metadata.</summary>
    /// <exception cref="BlobStoreException">The file is damaged.</exception>
    public static FolderMetadata? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var read = JsonSerializer.Deserialize(file, FolderMetadataJson.Default.FolderMetadata);
            return read is { Format: > CurrentFormat }
                ? throw new BlobStoreException($"The metadata file {path} has format {read.Format}; this version reads up to {CurrentFormat}. Update Pipeline.")
                : read is { Versions: not null } ? read : throw new JsonException("There are no versions in it.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new BlobStoreException($"The metadata file {path} is damaged: {exception.Message} Delete it; the blob is whole but loses its metadata.", exception);
        }
    }

    /// <summary>Writes the file.</summary>
    public Task WriteAsync(string path, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(path, JsonSerializer.SerializeToUtf8Bytes(this, FolderMetadataJson.Default.FolderMetadata), cancellationToken);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FolderMetadata))]
internal sealed partial class FolderMetadataJson : JsonSerializerContext;
