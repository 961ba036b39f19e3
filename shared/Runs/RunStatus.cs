using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Runs;

/// <summary>Where a run stands.</summary>
[JsonConverter(typeof(RunStatusConverter))]
public enum RunStatus
{
    /// <summary>A process works on it, or died doing so.</summary>
    Running,

    /// <summary>Stopped after saving; the next start goes on with it.</summary>
    Interrupted,

    /// <summary>Its model is published.</summary>
    Finished,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>A reader's judgement, never written: it says that it is running, but has not written for long, so its process is gone. The next start goes on with it.</summary>
    Lost,
}

/// <summary>Writes a status as a word in camel case.</summary>
public sealed class RunStatusConverter() : JsonStringEnumConverter<RunStatus>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
