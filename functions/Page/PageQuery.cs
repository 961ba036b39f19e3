using System.Globalization;

namespace Pipeline.Functions.Page;

/// <summary>Reads what an address asks for.</summary>
internal static class PageQuery
{
    /// <summary>A number; the usual one if it is missing, null if it is none or out of range.</summary>
    public static int? Number(IQueryCollection query, string name, int usual, int highest, int lowest = 1) =>
        query[name] is not [{ Length: > 0 } text, ..] ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= lowest && value <= highest ? value
        : null;

    /// <summary>A text; null if it is missing or empty.</summary>
    public static string? Text(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } text, ..] ? text : null;
}
