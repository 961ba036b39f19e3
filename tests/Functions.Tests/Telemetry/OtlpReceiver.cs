using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.Functions.Tests.Telemetry;

/// <summary>A collector that takes OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/) and keeps what comes.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly ConcurrentQueue<byte[]> traces = new();
    private readonly ConcurrentQueue<byte[]> metrics = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        server = builder.Build();
        server.MapPost("/v1/traces", (HttpRequest request) => KeepAsync(request, traces));
        server.MapPost("/v1/metrics", (HttpRequest request) => KeepAsync(request, metrics));
    }

    /// <summary>What <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set to.</summary>
    public string Address => server.Urls.Single();

    /// <summary>Every span that came.</summary>
    public IReadOnlyList<OtlpSpan> Spans =>
    [
        // ExportTraceServiceRequest.resource_spans 1 · ResourceSpans.resource 1, scope_spans 2 · ScopeSpans.spans 2
        // (opentelemetry/proto/trace/v1/trace.proto).
        .. from body in traces
           from resource in ProtobufFields.Of(body, 1)
           from scope in ProtobufFields.Of(resource, 2)
           from span in ProtobufFields.Of(scope, 2)
           select OtlpSpan.Read(ServiceOf(resource), span),
    ];

    /// <summary>Everything that came, as text.</summary>
    public string All => string.Concat(traces.Concat(metrics).Select(System.Text.Encoding.Latin1.GetString));

    /// <summary>Every metric: its service and its name.</summary>
    public IReadOnlyList<(string Service, string Name)> Metrics =>
    [
        // resource_metrics 1 · scope_metrics 2 · metrics 2 · Metric.name 1 (opentelemetry/proto/metrics/v1/metrics.proto).
        .. from body in metrics
           from resource in ProtobufFields.Of(body, 1)
           from scope in ProtobufFields.Of(resource, 2)
           from metric in ProtobufFields.Of(scope, 2)
           select (ServiceOf(resource), ProtobufFields.Text(metric, 1)),
    ];

    /// <summary>Starts it on a free port.</summary>
    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var receiver = new OtlpReceiver();
        await receiver.server.StartAsync(cancellationToken);
        return receiver;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => server.DisposeAsync();

    // Resource.attributes 1 · KeyValue.key 1, value 2 · AnyValue.string_value 1.
    private static string ServiceOf(byte[] resource) => ProtobufFields.Of(ProtobufFields.Of(resource, 1).Single(), 1)
        .Where(attribute => ProtobufFields.Text(attribute, 1) == "service.name")
        .Select(attribute => ProtobufFields.Text(ProtobufFields.Of(attribute, 2).Single(), 1))
        .Single();

    private static async Task<IResult> KeepAsync(HttpRequest request, ConcurrentQueue<byte[]> kept)
    {
        Assert.Equal("application/x-protobuf", request.ContentType);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        kept.Enqueue(body.ToArray());
        return Results.Bytes([], "application/x-protobuf");
    }
}

/// <summary>A span as it was sent; ids are in hexadecimal.</summary>
/// <param name="Service">The program's name.</param>
/// <param name="Trace">Its trace.</param>
/// <param name="Id">Its own id.</param>
/// <param name="Parent">Its parent's id; empty if it has none.</param>
/// <param name="Name">What happened.</param>
/// <param name="Attributes">Its attributes that are texts.</param>
/// <param name="Links">The spans that it is linked to.</param>
internal sealed record OtlpSpan(string Service, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Links)
{
    /// <summary>Reads Span.trace_id 1, span_id 2, parent_span_id 4, name 5, attributes 9, links 13; Link.span_id 2.</summary>
    public static OtlpSpan Read(string service, byte[] span) => new(
        service,
        Hex(span, 1),
        Hex(span, 2),
        Hex(span, 4),
        ProtobufFields.Text(span, 5),
        ProtobufFields.Of(span, 9)
            .Select(attribute => (Key: ProtobufFields.Text(attribute, 1), Value: ProtobufFields.Of(ProtobufFields.Of(attribute, 2).Single(), 1)))
            .Where(attribute => attribute.Value.Count == 1)
            .ToDictionary(attribute => attribute.Key, attribute => System.Text.Encoding.UTF8.GetString(attribute.Value[0])),
        [.. ProtobufFields.Of(span, 13).Select(link => Hex(link, 2))]);

    private static string Hex(byte[] message, int field) => ProtobufFields.Of(message, field) is [var id] ? Convert.ToHexStringLower(id) : "";
}

/// <summary>The length-delimited fields of a protobuf message (https://protobuf.dev/programming-guides/encoding/).</summary>
internal static class ProtobufFields
{
    /// <summary>The field's values in order.</summary>
    public static List<byte[]> Of(byte[] message, int field)
    {
        var values = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    if ((int)(key >> 3) == field)
                    {
                        values.Add(message[at..(at + length)]);
                    }

                    at += length;
                    break;
                default:
                    at += 4;
                    break;
            }
        }

        return values;
    }

    /// <summary>A field that is a text.</summary>
    public static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Of(message, field).Single());

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
