using System.Text.Json;

namespace Pipeline.Functions.Hosting;

/// <summary>Texts of JSON from outside.</summary>
internal static class JsonText
{
    /// <summary>A text; null if the element is no text, or one that spells halves of characters.</summary>
    public static string? Of(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // How System.Text.Json says that bytes or escapes are no characters.
            return null;
        }
    }
}
