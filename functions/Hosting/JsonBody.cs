using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Pipeline.Functions.Hosting;

/// <summary>Reads bodies that keep parts of what a caller sent as they are.</summary>
internal static class JsonBody
{
    /// <summary>Reads a body; null if it is the JSON null.</summary>
    /// <exception cref="JsonException">It is no such JSON, or not UTF-8, which parts that are kept would tell only when they are used.</exception>
    public static async Task<T?> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, cancellationToken);
        var body = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        return Utf8.IsValid(body) ? JsonSerializer.Deserialize(body, type) : throw new JsonException("The body is not UTF-8.");
    }
}
