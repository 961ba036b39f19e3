using System.Text.Json;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// What Azure's Functions host posts to a custom handler to run a function. Its encodings differ by field and by version of the
/// host: a text may arrive plain or as its JSON text inside a string, and both are read.
/// </summary>
internal sealed class Invocation : IDisposable
{
    private readonly JsonDocument document;
    private readonly JsonElement data;
    private readonly JsonElement metadata;

    private Invocation(JsonDocument document, JsonElement data, JsonElement metadata)
    {
        this.document = document;
        this.data = data;
        this.metadata = metadata;
    }

    /// <summary>Parses the body of a post.</summary>
    /// <exception cref="InvocationException">It is not JSON of the right form.</exception>
    public static async Task<Invocation> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(body, default, cancellationToken);
        }
        catch (JsonException exception)
        {
            throw new InvocationException($"The invocation is not JSON: {exception.Message}", exception);
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("Data", out var data) || data.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            throw new InvocationException("The invocation has no object Data.");
        }

        var metadata = root.TryGetProperty("Metadata", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        return new(document, data, metadata);
    }

    /// <summary>The bytes of a blob, sent as base64 and never unwrapped further.</summary>
    /// <exception cref="InvocationException">The value is missing or no base64.</exception>
    public byte[] Bytes(string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes)
            ? bytes
            : throw new InvocationException($"Data.{name} is no base64.");

    /// <summary>A value that is a JSON object, such as a timer's, also if it came as its JSON text inside a string; an undefined element if it is none.</summary>
    public JsonElement Object(string name)
    {
        if (!data.TryGetProperty(name, out var value))
        {
            return default;
        }

        if (value.ValueKind == JsonValueKind.String && Read(value) is ['{', .., '}'] text)
        {
            try
            {
                using var inner = JsonDocument.Parse(text);
                return inner.RootElement.Clone();
            }
            catch (JsonException)
            {
                return default;
            }
        }

        return value.ValueKind == JsonValueKind.Object ? value : default;
    }

    /// <summary>A text of the metadata, such as a placeholder of a blob's path; null if it is missing.</summary>
    public string? Text(string name) =>
        metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(name, out var value) ? Unwrapped(value) : null;

    /// <summary>A value of the blob's own user metadata; null if it is missing.</summary>
    public string? UserMetadata(string name) =>
        metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("Metadata", out var user) && user.ValueKind == JsonValueKind.Object
            && user.TryGetProperty(name, out var value)
            ? Unwrapped(value)
            : null;

    /// <inheritdoc />
    public void Dispose() => document.Dispose();

    // JSON may spell halves of characters, and bytes that are none are found only here.
    private static string Read(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new InvocationException($"The invocation holds a text that is none: {exception.Message}", exception);
        }
    }

    private static string? Unwrapped(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var text = Read(value);
        if (text is not ['"', .., '"'])
        {
            return text;
        }

        try
        {
            using var inner = JsonDocument.Parse(text);
            return Read(inner.RootElement);
        }
        catch (JsonException)
        {
            // A name may itself begin and end with a quotation mark.
            return text;
        }
    }
}

/// <summary>The host sent something that is no invocation of the function.</summary>
internal sealed class InvocationException(string message, Exception? inner = null) : Exception(message, inner);
