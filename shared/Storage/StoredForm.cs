using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Storage;

/// <summary>Reads what an earlier version of the product may have written, and refuses what a later one has.</summary>
public static class StoredForm
{
    /// <summary>Reads a JSON form.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="type">How it is read.</param>
    /// <param name="formatOf">The version that it says it has; one that says none is of version 1, the first.</param>
    /// <param name="current">The version that this product writes.</param>
    /// <param name="what">Its name in messages, with a capital.</param>
    /// <param name="remedy">What to do if it is damaged, in a sentence; or empty.</param>
    /// <exception cref="FormatException">It is damaged or of a newer version; the message says what to do.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, Func<T, int> formatOf, int current, string what, string remedy = "")
        where T : class
    {
        T? value;
        try
        {
            value = JsonSerializer.Deserialize(utf8, type);
        }
        catch (JsonException exception)
        {
            // A newer form may hold what this version has no word for.
            Check(FormatOf(utf8) ?? 0, current, what);
            throw new FormatException($"{what} cannot be read: {exception.Message} {remedy}".TrimEnd(), exception);
        }

        if (value is null)
        {
            throw new FormatException($"{what} cannot be read: the JSON is null. {remedy}".TrimEnd());
        }

        Check(formatOf(value), current, what);
        return value;
    }

    /// <summary>The version that a form says it has, read without the rest of it; null if it says none.</summary>
    public static int? FormatOf(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("format"u8))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var format) ? format : null;
                }
            }
        }
        catch (JsonException)
        {
            // Damaged before it came to that.
        }

        return null;
    }

    /// <summary>Refuses a newer version.</summary>
    /// <exception cref="FormatException">It is newer.</exception>
    public static void Check(int format, int current, string what)
    {
        if (format > current)
        {
            throw new FormatException($"{what} has format {format}; this version reads up to {current}. Update Pipeline.");
        }
    }
}
