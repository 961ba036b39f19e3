using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pipeline.Storage;

namespace Pipeline.Tracing;

/// <summary>
/// How a program sends its telemetry: as OTLP, to where OpenTelemetry's own variables say
/// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/); without them nothing is collected.
/// </summary>
public static class OtlpExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>Whether a collector is named.</summary>
    /// <param name="environment">The value of an environment variable, or null.</param>
    public static bool IsOn(Func<string, string?> environment) => !string.IsNullOrEmpty(environment(Endpoint));

    /// <summary>What the program says of itself.</summary>
    /// <param name="environment">The value of an environment variable, or null.</param>
    /// <param name="service">Its name, unless the environment gives it another.</param>
    public static ResourceBuilder Resource(Func<string, string?> environment, string service) => ResourceBuilder.CreateDefault()
        .AddService(environment(ServiceName) is { Length: > 0 } name ? name : service, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>Begins to send spans, the product's own and those of HTTP calls; null if no collector is named. Disposing it sends what is left.</summary>
    /// <param name="environment">The value of an environment variable, or null.</param>
    /// <param name="service">The program's name.</param>
    /// <param name="sources">Further sources of spans.</param>
    public static TracerProvider? StartSpans(Func<string, string?> environment, string service, params string[] sources) => IsOn(environment)
        ? Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource(environment, service))
            .AddSource([TraceContext.SourceName, "System.Net.Http", "Azure.*", .. sources])
            .AddOtlpExporter(options => Configure(options, environment))
            .Build()
        : null;

    /// <summary>Sets what OpenTelemetry's variables leave open.</summary>
    public static void Configure(OtlpExporterOptions options, Func<string, string?> environment)
    {
        // The exporter's own default is gRPC; HTTP passes every proxy.
        if (string.IsNullOrEmpty(environment(Protocol)))
        {
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
        }
    }
}
