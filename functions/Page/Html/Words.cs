using System.Globalization;

namespace Pipeline.Functions.Page.Html;

/// <summary>Figures and times as people read them.</summary>
internal static class Words
{
    /// <summary>A number with its thousands apart.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A figure with decimals; a dash if there is none.</summary>
    public static string Figure(double? value, string format) => value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) : "–";

    /// <summary>A large number, shortened: 1.2 M.</summary>
    public static string Short(double value) => value switch
    {
        >= 1e9 => Figure(value / 1e9, "0.0 G"),
        >= 1e6 => Figure(value / 1e6, "0.0 M"),
        >= 1e4 => Figure(value / 1e3, "0 k"),
        _ => Figure(value, "0"),
    };

    /// <summary>Bytes.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => Figure(bytes / 1e9, "0.0 GB"),
        >= 1_000_000 => Figure(bytes / 1e6, "0.0 MB"),
        _ => Figure(bytes / 1e3, "0 kB"),
    };

    /// <summary>A time span; a dash if it is not known.</summary>
    public static string Span(double? seconds) => seconds switch
    {
        null => "–",
        >= 3600 => $"{(int)(seconds / 3600)} h {(int)(seconds / 60 % 60):00} min",
        >= 60 => $"{(int)(seconds / 60)} min {(int)(seconds % 60):00} s",
        _ => Figure(seconds, "0 s"),
    };

    /// <summary>How a time lies to another: 5 min ago, in 3 h.</summary>
    public static string Relative(DateTimeOffset time, DateTimeOffset now)
    {
        var away = (time - now).Duration();
        var span = away switch
        {
            { TotalDays: >= 2 } => $"{(int)away.TotalDays} days",
            { TotalHours: >= 2 } => $"{(int)away.TotalHours} h",
            { TotalMinutes: >= 1 } => $"{(int)away.TotalMinutes} min",
            _ => "a moment",
        };
        return time > now ? $"in {span}" : $"{span} ago";
    }

    /// <summary>A count with its noun.</summary>
    public static string Count(long number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";
}
