using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// One JSON object a line: <c>time</c>, <c>level</c>, <c>category</c>, <c>event</c>, <c>message</c>, the values of the message by name,
/// and where they apply <c>function</c>, <c>invocation</c>, <c>trace</c>, <c>exception</c>. Keys are taken out.
/// </summary>
internal sealed class JsonLogFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which it is registered.</summary>
    public const string FormatterName = "pipeline-json";

    // The host's reader of our output takes each line as an entry; the encoder escapes line feeds, and nothing here lands in HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc />
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("time", clock.GetUtcNow());
            writer.WriteString("level", logEntry.LogLevel.ToString());
            writer.WriteString("category", logEntry.Category);
            writer.WriteNumber("event", logEntry.EventId.Id);
            writer.WriteString("message", Redactor.Clean(logEntry.Formatter(logEntry.State, logEntry.Exception)));
            WriteValues(writer, logEntry.State);
            scopeProvider?.ForEachScope(
                static (scope, target) =>
                {
                    if (scope is InvocationScope invocation)
                    {
                        target.WriteString("function", invocation.Function);
                        target.WriteString("invocation", invocation.Id);
                    }
                },
                writer);
            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            {
                writer.WriteString("trace", activity.TraceId.ToHexString());
            }

            if (logEntry.Exception is { } exception)
            {
                writer.WriteString("exception", Redactor.Clean(exception.ToString()));
            }

            writer.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteValues<TState>(Utf8JsonWriter writer, TState state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values || values.Count < 2)
        {
            return;
        }

        writer.WriteStartObject("values");
        foreach (var (name, value) in values)
        {
            if (name != "{OriginalFormat}")
            {
                writer.WriteString(name, Redactor.Clean(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? ""));
            }
        }

        writer.WriteEndObject();
    }
}

/// <summary>What every log line of a run carries.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="Id">The host's id of the invocation; empty if it gave none.</param>
internal sealed record InvocationScope(string Function, string Id);
