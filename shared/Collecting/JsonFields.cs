using System.Text.Json;

namespace Pipeline.Collecting;

/// <summary>Reads members of JSON that others wrote, where anything may be missing or of another type.</summary>
internal static class JsonFields
{
    /// <summary>A member of an object; null if it is absent or null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    /// <summary>A member of a member.</summary>
    public static JsonElement? Member(this JsonElement? element, string name) => element?.Member(name);

    /// <summary>The first member of several names that is a text that is not empty, or a number as text.</summary>
    public static string? Text(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.Member(name) is { } value && TextOf(value) is { Length: > 0 } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>The items of a member that is a list; a member that is one object is a list of it.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        { } one => [one],
        _ => [],
    };

    /// <summary>A value as text; null if it is neither text nor number.</summary>
    public static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => WellFormed(value),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static string? WellFormed(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates, written as an escape, is no text.
            return null;
        }
    }
}
