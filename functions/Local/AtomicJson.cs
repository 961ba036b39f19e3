using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>Small state files of the embedded host: read whole, written whole or not at all.</summary>
internal static class AtomicJson
{
    /// <summary>Reads a file, or returns null if there is none or it is damaged; the host can always begin anew.</summary>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes a file in place of the one before.</summary>
    public static Task WriteAsync<T>(string path, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(path, JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken);
}
