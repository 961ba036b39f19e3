using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// An HTTP request as the Functions host sends it when it does not forward: an object with <c>Url</c>, <c>Method</c>, <c>Headers</c>,
/// <c>Params</c> and <c>Body</c>, and the answer as an output binding. Functions see an ordinary request in both forms.
/// </summary>
internal static class HttpEnvelope
{
    /// <summary>The request that an invocation carries, with a response that is kept in memory.</summary>
    /// <exception cref="InvocationException">It is no HTTP request.</exception>
    public static DefaultHttpContext Open(JsonElement data, HttpContext outer)
    {
        if (data.ValueKind != JsonValueKind.Object)
        {
            throw new InvocationException("The invocation carries no HTTP request.");
        }

        try
        {
            return Read(data, outer);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or UriFormatException)
        {
            // JSON may spell halves of characters, and an address hold what none may.
            throw new InvocationException($"The HTTP request cannot be read: {exception.Message}", exception);
        }
    }

    private static DefaultHttpContext Read(JsonElement data, HttpContext outer)
    {
        var context = new DefaultHttpContext { RequestServices = outer.RequestServices, RequestAborted = outer.RequestAborted };
        var request = context.Request;
        request.Method = Text(data, "Method") ?? HttpMethods.Get;
        if (Text(data, "Url") is { } text)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            {
                throw new InvocationException("The HTTP request's Url is none.");
            }

            request.Scheme = url.Scheme;
            request.Host = HostString.FromUriComponent(url);
            request.Path = PathString.FromUriComponent(url);
            request.QueryString = QueryString.FromUriComponent(url);
        }
        else if (data.TryGetProperty("Query", out var query) && query.ValueKind == JsonValueKind.Object)
        {
            request.QueryString = QueryString.Create(query.EnumerateObject().Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value.ToString())));
        }

        ReadHeaders(data, request);
        if (data.TryGetProperty("Params", out var values) && values.ValueKind == JsonValueKind.Object)
        {
            foreach (var value in values.EnumerateObject().Where(value => value.Value.ValueKind != JsonValueKind.Null))
            {
                request.RouteValues[value.Name] = value.Value.ToString();
            }
        }

        var body = ReadBody(data, request.ContentType);
        request.Body = new MemoryStream(body, writable: false);
        request.ContentLength = body.Length;
        context.Response.Body = new MemoryStream();
        return context;
    }

    /// <summary>The answer in the host's form.</summary>
    /// <param name="response">A response that was kept in memory.</param>
    /// <param name="output">The name of the function's HTTP output binding.</param>
    public static byte[] Close(HttpResponse response, string output)
    {
        var body = (MemoryStream)response.Body;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("Outputs");
            writer.WriteStartObject(output);
            writer.WriteNumber("statusCode", response.StatusCode);
            writer.WriteStartObject("headers");
            foreach (var (name, values) in response.Headers.Where(header => header.Key is not "Content-Length" and not "Transfer-Encoding"))
            {
                writer.WriteString(name, values.ToString());
            }

            writer.WriteEndObject();
            writer.WriteString("body", Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length));
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteStartArray("Logs");
            writer.WriteEndArray();
            writer.WriteNull("ReturnValue");
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void ReadHeaders(JsonElement data, HttpRequest request)
    {
        if (!data.TryGetProperty("Headers", out var headers) || headers.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var header in headers.EnumerateObject())
        {
            request.Headers[header.Name] = header.Value.ValueKind == JsonValueKind.Array
                ? new StringValues([.. header.Value.EnumerateArray().Select(value => value.ToString())])
                : header.Value.ToString();
        }
    }

    private static byte[] ReadBody(JsonElement data, string? contentType)
    {
        if (!data.TryGetProperty("Body", out var body) || body.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (body.ValueKind != JsonValueKind.String)
        {
            return Encoding.UTF8.GetBytes(body.GetRawText());
        }

        // The host sends these two kinds as base64 and every other as text.
        var isBase64 = contentType is not null
            && (contentType.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) || contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase));
        return isBase64 && body.TryGetBytesFromBase64(out var bytes) ? bytes : Encoding.UTF8.GetBytes(body.GetString()!);
    }

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
