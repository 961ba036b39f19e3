using System.Globalization;
using System.Text.RegularExpressions;
using Quartz;

namespace Pipeline.Functions.Local;

/// <summary>
/// A schedule in NCRONTAB, the form that Azure's timer triggers use: second, minute, hour, day, month, weekday from 0 (Sunday) to 6;
/// the seconds may be left out. Quartz computes the times, which knows zones and daylight saving.
/// </summary>
internal sealed partial class NcronSchedule
{
    private readonly CronExpression expression;

    /// <summary>Parses a schedule.</summary>
    /// <exception cref="FormatException">It is no NCRONTAB, or asks for a day of the month and of the week at once.</exception>
    public NcronSchedule(string text, TimeZoneInfo zone)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length == 5)
        {
            fields = ["0", .. fields];
        }

        if (fields.Length != 6)
        {
            throw new FormatException($"The schedule '{text}' must have six fields: second minute hour day month weekday, such as '0 0 6 * * *'.");
        }

        // Quartz wants '?' for whichever of day and weekday is not used, and counts weekdays from 1.
        if (fields[5] == "*")
        {
            fields[5] = "?";
        }
        else if (fields[3] == "*")
        {
            fields[3] = "?";
            fields[5] = Weekday().Replace(fields[5], match => (int.Parse(match.Value, CultureInfo.InvariantCulture) % 7 + 1).ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            throw new FormatException($"The schedule '{text}' names both a day of the month and a weekday; use '*' for one of them.");
        }

        try
        {
            expression = new(string.Join(' ', fields), zone);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"The schedule '{text}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The first time after another, or null if there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => expression.GetNextValidTimeAfter(after);

    // The number behind a slash is a step, not a weekday.
    [GeneratedRegex(@"(?<![/\d])\d+")]
    private static partial Regex Weekday();
}
