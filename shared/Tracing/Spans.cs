using System.Diagnostics;
using Pipeline.Storage;

namespace Pipeline.Tracing;

/// <summary>The product's own spans.</summary>
public static class Spans
{
    private static readonly ActivitySource Source = new(TraceContext.SourceName);

    /// <summary>Begins a span; null where nothing is collected.</summary>
    /// <param name="name">What happens in it.</param>
    /// <param name="kind">Its place between programs.</param>
    /// <param name="parent">A W3C <c>traceparent</c> that it goes on with, and it is linked to the span that it happens in; otherwise that one is its parent.</param>
    public static Activity? Begin(string name, ActivityKind kind = ActivityKind.Internal, string? parent = null)
    {
        if (!ActivityContext.TryParse(parent, traceState: null, isRemote: true, out var context))
        {
            return Source.StartActivity(name, kind);
        }

        IEnumerable<ActivityLink> links = Activity.Current is { Recorded: true } around && around.TraceId != context.TraceId ? [new(around.Context)] : [];
        return Source.StartActivity(kind, context, links: links, name: name);
    }
}
