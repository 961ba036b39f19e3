using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>Runs functions over loopback HTTP with the payloads that Azure's Functions host sends.</summary>
internal sealed class HandlerClient(HttpClient http, TimeProvider clock)
{
    private const string HostVersion = "pipeline-local";

    /// <summary>Runs a blob function for one blob.</summary>
    /// <exception cref="FunctionFailedException">It answered with anything but success.</exception>
    public Task RunBlobAsync(FunctionDefinition function, BlobEntry entry, byte[] content, IReadOnlyDictionary<string, string> placeholders, CancellationToken cancellationToken) =>
        PostAsync(function, writer =>
        {
            writer.WriteBase64String(function.Trigger.Name, content);
        }, writer =>
        {
            writer.WriteString("Uri", InString("file:///" + entry.Name));
            writer.WriteStartObject("Properties");
            writer.WriteString("LastModified", entry.LastModified);
            writer.WriteNumber("ContentLength", entry.Length);
            writer.WriteEndObject();
            writer.WriteStartObject("Metadata");
            foreach (var (key, value) in entry.Metadata)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
            foreach (var (key, value) in placeholders)
            {
                writer.WriteString(key, InString(value));
            }
        }, cancellationToken);

    /// <summary>Runs a timer function.</summary>
    /// <exception cref="FunctionFailedException">It answered with anything but success.</exception>
    public Task RunTimerAsync(FunctionDefinition function, bool isPastDue, CancellationToken cancellationToken) =>
        PostAsync(function, writer =>
        {
            writer.WriteStartObject(function.Trigger.Name);
            writer.WriteStartObject("Schedule");
            writer.WriteBoolean("AdjustForDST", true);
            writer.WriteEndObject();
            writer.WriteNull("ScheduleStatus");
            writer.WriteBoolean("IsPastDue", isPastDue);
            writer.WriteEndObject();
        }, _ => { }, cancellationToken);

    // The host sends texts of the metadata as their JSON text inside a string.
    private static string InString(string text) => JsonSerializer.Serialize(text, ClientJson.Default.String);

    private async Task PostAsync(FunctionDefinition function, Action<Utf8JsonWriter> data, Action<Utf8JsonWriter> metadata, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("Data");
            data(writer);
            writer.WriteEndObject();
            writer.WriteStartObject("Metadata");
            metadata(writer);
            writer.WriteStartObject("sys");
            writer.WriteString("MethodName", function.Name);
            writer.WriteString("UtcNow", clock.GetUtcNow());
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + function.Name)
        {
            Content = new ReadOnlyMemoryContent(buffer.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } },
        };
        request.Headers.Add("X-Azure-Functions-HostVersion", HostVersion);
        using var response = await http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new FunctionFailedException(function.Name, ReadError(text) ?? $"HTTP {(int)response.StatusCode}");
        }
    }

    /// <summary>The message of an error's body, or null if there is none.</summary>
    public static string? ReadError(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, HostingJson.Default.ErrorAnswer)?.Error;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A function answered with an error.</summary>
internal sealed class FunctionFailedException(string function, string reason) : Exception($"{function}: {reason}")
{
    /// <summary>The function's own words.</summary>
    public string Reason { get; } = reason;
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class ClientJson : System.Text.Json.Serialization.JsonSerializerContext;
