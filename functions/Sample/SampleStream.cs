using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Functions.Hosting;
using Pipeline.Generation;

namespace Pipeline.Functions.Sample;

/// <summary>
/// A sample as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): <c>data: {"text":"…"}</c> for each
/// piece as it is made, then the event <c>done</c> with the whole answer, or <c>error</c>. Through the Functions host, which reads an
/// answer to its end before it passes it on, the events arrive together.
/// </summary>
internal sealed class SampleStream(SampleRun run) : IResult
{
    /// <summary>What a caller accepts who wants a stream.</summary>
    public const string ContentType = "text/event-stream";

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using (run)
        {
            var response = httpContext.Response;
            var token = httpContext.RequestAborted;
            response.ContentType = ContentType + "; charset=utf-8";
            response.Headers.CacheControl = "no-store";
            // Asks proxies not to collect the events.
            response.Headers["X-Accel-Buffering"] = "no";
            try
            {
                var answer = await run.GenerateAsync(
                    text => WriteAsync(response, null, JsonSerializer.SerializeToUtf8Bytes(new SamplePiece(text), SampleStreamJson.Default.SamplePiece), token), token);
                await WriteAsync(response, "done", JsonSerializer.SerializeToUtf8Bytes(answer, SampleJson.Default.SampleAnswer), token);
            }
            catch (Exception exception) when (exception is IOException or ModelException && !token.IsCancellationRequested)
            {
                // The status has gone out; the event is what is left to say it with.
                await WriteAsync(response, "error", JsonSerializer.SerializeToUtf8Bytes(new ErrorAnswer(Redactor.Clean(exception.Message)), HostingJson.Default.ErrorAnswer), token);
            }
        }
    }

    private static async Task WriteAsync(HttpResponse response, string? name, byte[] data, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        if (name is not null)
        {
            buffer.Write(Encoding.UTF8.GetBytes($"event: {name}\n"));
        }

        // JSON has no line feeds of its own, so one data line holds it.
        buffer.Write("data: "u8);
        buffer.Write(data);
        buffer.Write("\n\n"u8);
        await response.Body.WriteAsync(buffer.WrittenMemory, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}

/// <summary>A piece of text.</summary>
internal sealed record SamplePiece(string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SamplePiece))]
internal sealed partial class SampleStreamJson : JsonSerializerContext;
