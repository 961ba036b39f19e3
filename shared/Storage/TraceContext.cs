using System.Diagnostics;

namespace Pipeline.Storage;

/// <summary>
/// The trace that a blob belongs to, carried in its metadata as W3C Trace Context's <c>traceparent</c>
/// (https://www.w3.org/TR/trace-context/), so that what the blob triggers goes on with it.
/// </summary>
public static class TraceContext
{
    /// <summary>The metadata key.</summary>
    public const string Key = "traceparent";

    /// <summary>The variable in which a job is told its trace.</summary>
    public const string Variable = "TRACEPARENT";

    /// <summary>The source of the product's own activities; others, such as the web server's, are on even when nobody collects.</summary>
    public const string SourceName = "Pipeline";

    /// <summary>The current trace; null when none is collected.</summary>
    public static string? Current
    {
        get
        {
            for (var activity = Activity.Current; activity is not null; activity = activity.Parent)
            {
                if (activity.Source.Name == SourceName && activity.IdFormat == ActivityIdFormat.W3C)
                {
                    return activity.Id;
                }
            }

            return Environment.GetEnvironmentVariable(Variable) is { } told && ActivityContext.TryParse(told, null, out _) ? told : null;
        }
    }

    /// <summary>Metadata with the current trace, if there is one; else the same.</summary>
    public static IReadOnlyDictionary<string, string>? AddTo(IReadOnlyDictionary<string, string>? metadata) =>
        Current is not { } trace || metadata?.ContainsKey(Key) == true ? metadata : new Dictionary<string, string>(metadata ?? BlobMetadata.Empty) { [Key] = trace };
}
