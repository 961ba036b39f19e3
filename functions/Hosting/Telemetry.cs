using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Pipeline.Tracing;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// Traces and metrics of the app, sent as OTLP where OpenTelemetry's own variables say so (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, …); without
/// them nothing is collected. A blob carries the trace that wrote it in its metadata, so that one trace leads from a pushed post to the
/// pull request.
/// </summary>
internal sealed class Telemetry : IDisposable
{
    /// <summary>The name of the app's activities and instruments, and of the service unless <c>OTEL_SERVICE_NAME</c> names it.</summary>
    public const string Name = "pipeline";

    private const string WebServer = "Microsoft.AspNetCore";

    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Runs = Meter.CreateHistogram<double>("pipeline.function.duration", "s", "How long runs of a function took.");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("pipeline.generated.tokens", "{token}", "Tokens that a model wrote.");
    private static readonly Counter<long> Refused = Meter.CreateCounter<long>("pipeline.generation.refused", "{request}", "Requests that found the queue full.");

    private static readonly Histogram<double> Speed = Meter.CreateHistogram<double>("pipeline.generation.speed", "{token}/s", "Tokens a second of a text, its prompt included.");
    private static readonly Histogram<double> FirstToken = Meter.CreateHistogram<double>("pipeline.generation.first_token", "s", "From a text's beginning to its first token.");
    private static readonly UpDownCounter<long> Queue = Meter.CreateUpDownCounter<long>("pipeline.generation.queue", "{request}", "Requests that wait or are being answered.");
    private static readonly Gauge<double> Perplexity = Meter.CreateGauge<double>("pipeline.model.perplexity", "1", "Perplexity of the version in service on its held-out posts.");
    private static readonly Gauge<double> CopyRate = Meter.CreateGauge<double>("pipeline.posts.copied", "1", "Share of the last posts' runs of 8 tokens that stand in the corpus.");
    private static readonly Gauge<double> MergedRate = Meter.CreateGauge<double>("pipeline.posts.merged", "1", "Share of the decided posts of 90 days that were merged.");
    private static readonly Gauge<double> Cost = Meter.CreateGauge<double>("pipeline.cost.month", "{currency}", "What the month has cost by the stated prices.");

    private readonly TracerProvider? traces;
    private readonly MeterProvider? metrics;

    private Telemetry(TracerProvider? traces, MeterProvider? metrics)
    {
        this.traces = traces;
        this.metrics = metrics;
    }

    /// <summary>Starts to collect, if the environment names a collector.</summary>
    public static Telemetry Start(Func<string, string?> environment) => new(
        OtlpExport.StartSpans(environment, Name, WebServer),
        OtlpExport.IsOn(environment)
            ? Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(OtlpExport.Resource(environment, Name))
                .AddMeter(Name, "Microsoft.AspNetCore.Hosting", "System.Runtime")
                .AddOtlpExporter(options => OtlpExport.Configure(options, environment))
                .Build()
            : null);

    /// <summary>Begins the span of a run; null where nothing is collected. A trace that the trigger carries goes on.</summary>
    /// <param name="function">The function.</param>
    /// <param name="kind">What started it.</param>
    /// <param name="parent">A W3C <c>traceparent</c>, or null for the current span.</param>
    public static Activity? Start(string function, ActivityKind kind, string? parent)
    {
        var activity = Spans.Begin(function, kind, parent);
        activity?.SetTag("faas.name", function);
        return activity;
    }

    /// <summary>
    /// Begins the span of a run that the host asks for. The host sends no trace, so the web server's span around it would begin one of its own
    /// and say nothing that this one does not: it is not sent.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="parent">The trace that the trigger carries, or null to begin one.</param>
    public static Activity? StartInvocation(string function, string? parent)
    {
        DropAround();
        return Start(function, ActivityKind.Consumer, parent);
    }

    /// <summary>Begins the span of an HTTP request; null where nothing is collected, and for the host's looks whether we live, which are none of a caller's.</summary>
    /// <param name="function">The function.</param>
    /// <param name="request">The request.</param>
    public static Activity? StartRequest(string function, HttpRequest request)
    {
        if (request.Path == "/" && request.Headers.UserAgent.Count == 0)
        {
            DropAround();
            return null;
        }

        return Start(function, ActivityKind.Server, parent: null);
    }

    /// <summary>Notes a run that ended.</summary>
    public static void Count(string function, TimeSpan duration, string outcome) =>
        Runs.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("function", function), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Notes tokens that a version wrote.</summary>
    public static void CountTokens(string version, long tokens) => Tokens.Add(tokens, new KeyValuePair<string, object?>("version", version));

    /// <summary>Notes how fast a text was made.</summary>
    /// <param name="version">The version.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="first">Until the first of them; null if there was none.</param>
    /// <param name="all">Until the last.</param>
    public static void CountSpeed(string version, long tokens, TimeSpan? first, TimeSpan all)
    {
        var tag = new KeyValuePair<string, object?>("version", version);
        if (first is { } time)
        {
            FirstToken.Record(time.TotalSeconds, tag);
        }

        if (tokens > 0 && all > TimeSpan.Zero)
        {
            Speed.Record(tokens / all.TotalSeconds, tag);
        }
    }

    /// <summary>Notes that a request came to the queue (1) or left it (-1).</summary>
    public static void CountQueue(int change) => Queue.Add(change);

    /// <summary>Notes how the model in service, its posts and the month stand.</summary>
    public static void Report(Figures figures)
    {
        if (figures.Perplexity is { } perplexity)
        {
            Perplexity.Record(perplexity, new KeyValuePair<string, object?>("version", figures.Version));
        }

        if (figures.CopyRate is { } copied)
        {
            CopyRate.Record(copied);
        }

        if (figures.MergedRate is { } merged)
        {
            MergedRate.Record(merged);
        }

        foreach (var (kind, cost) in figures.Costs)
        {
            Cost.Record(cost, new("kind", kind), new("currency", figures.Currency));
        }
    }

    /// <summary>Notes a request that was turned away.</summary>
    public static void CountRefused() => Refused.Add(1);

    /// <inheritdoc />
    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    private static void DropAround()
    {
        if (Activity.Current is { Source.Name: WebServer } around)
        {
            around.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            Activity.Current = null;
        }
    }
}
