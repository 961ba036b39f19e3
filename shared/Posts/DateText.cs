using System.Collections.Frozen;

namespace Pipeline.Posts;

/// <summary>Reads dates that are text, in the forms that Ruby's <c>Time.parse</c> takes and authors write.</summary>
internal static class DateText
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    // Ruby knows the zones of RFC 822 by name; it reads any other word as the site's own zone.
    private static readonly FrozenDictionary<string, int> Zones = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["UTC"] = 0,
        ["GMT"] = 0,
        ["UT"] = 0,
        ["Z"] = 0,
        ["EST"] = -5,
        ["EDT"] = -4,
        ["CST"] = -6,
        ["CDT"] = -5,
        ["MST"] = -7,
        ["MDT"] = -6,
        ["PST"] = -8,
        ["PDT"] = -7,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a date, with or without a time and a zone; without a zone it is the wall clock of <paramref name="zone"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, TimeZoneInfo zone, out DateTimeOffset instant)
    {
        instant = default;
        var scan = new DigitScanner(text.Trim());
        if (!Day(ref scan, out var year, out var month, out var day) || !CivilDate.Exists(year, month, day))
        {
            return false;
        }

        var local = new DateTime(year, month, day);
        while (!scan.AtEnd)
        {
            var clock = scan;
            switch (Clock(ref clock, ref local))
            {
                case true:
                    return WithZone(clock, local, zone, out instant);
                case false:
                    return false;
                default:
                    // Like Ruby, looks for the time behind whatever else the author wrote.
                    scan.Skip();
                    break;
            }
        }

        return CivilDate.TryIn(local, zone, out instant);
    }

    private static bool WithZone(DigitScanner scan, DateTime local, TimeZoneInfo zone, out DateTimeOffset instant)
    {
        scan.Blanks();
        scan.Is('(');
        if (!scan.AtEnd && scan.Rest[0] is '+' or '-')
        {
            return scan.Offset(out var offset)
                ? CivilDate.TryAt(local, offset, out instant) && CivilDate.TryShow(instant, zone, out instant)
                : CivilDate.TryIn(local, zone, out instant);
        }

        return Zones.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(scan.Word(), out var hours)
            ? CivilDate.TryAt(local, TimeSpan.FromHours(hours), out instant) && CivilDate.TryShow(instant, zone, out instant)
            : CivilDate.TryIn(local, zone, out instant);
    }

    /// <summary>A year of two digits belongs to 1969 to 2068.</summary>
    internal static int FullYear(int year, int digits) => digits > 2 ? year : year < 69 ? year + 2000 : year + 1900;

    private static bool Day(ref DigitScanner scan, out int year, out int month, out int day)
    {
        (year, month, day) = (0, 0, 0);
        if (!scan.AtEnd && char.IsAsciiLetter(scan.Rest[0]))
        {
            return NamedMonthFirst(ref scan, out year, out month, out day);
        }

        if (scan.Number(8, 8, out var packed))
        {
            (year, month, day) = (packed / 10000, packed / 100 % 100, packed % 100);
            return true;
        }

        var before = scan.Rest.Length;
        if (!scan.Number(1, 4, out var first))
        {
            return false;
        }

        var digits = before - scan.Rest.Length;
        if (!scan.AtEnd && scan.Rest[0] is '-' or '/' or '.')
        {
            return Separated(ref scan, scan.Rest[0], first, digits, out year, out month, out day);
        }

        // 5 March 2014
        day = first;
        scan.Blanks();
        return digits <= 2 && Month(scan.Word(), out month) && Year(ref scan, out year);
    }

    private static bool Separated(ref DigitScanner scan, char separator, int first, int digits, out int year, out int month, out int day)
    {
        (year, month, day) = (0, 0, 0);
        scan.Is(separator);
        if (!scan.AtEnd && char.IsAsciiLetter(scan.Rest[0]))
        {
            // 5-Mar-2014
            day = first;
            return Month(scan.Word(), out month) && scan.Is(separator) && scan.Number(4, 4, out year);
        }

        if (!scan.Number(1, 2, out month) || !scan.Is(separator))
        {
            return false;
        }

        var before = scan.Rest.Length;
        if (!scan.Number(1, 4, out var last))
        {
            return false;
        }

        var lastDigits = before - scan.Rest.Length;
        (year, day) = lastDigits == 4 && digits <= 2 ? (last, first) : (FullYear(first, digits), last);
        return lastDigits <= 2 || digits <= 2;
    }

    // March 5, 2014 and Wed, 5 Mar 2014
    private static bool NamedMonthFirst(ref DigitScanner scan, out int year, out int month, out int day)
    {
        (year, day) = (0, 0);
        if (!Month(scan.Word(), out month))
        {
            scan.Is('.');
            scan.Is(',');
            scan.Blanks();
            return !scan.AtEnd && char.IsAsciiLetter(scan.Rest[0])
                ? Month(scan.Word(), out month) && DayAndYear(ref scan, out day, out year)
                : scan.Number(1, 2, out day) && (scan.Blanks() || scan.Is('-')) && Month(scan.Word(), out month) && Year(ref scan, out year);
        }

        return DayAndYear(ref scan, out day, out year);
    }

    private static bool DayAndYear(ref DigitScanner scan, out int day, out int year)
    {
        year = 0;
        scan.Is('.');
        scan.Blanks();
        if (!scan.Number(1, 2, out day))
        {
            return false;
        }

        // 1st, 2nd, 3rd, 4th
        scan.Word();
        return Year(ref scan, out year);
    }

    private static bool Year(ref DigitScanner scan, out int year)
    {
        _ = scan.Is('.') | scan.Is(',') | scan.Is('-');
        scan.Blanks();
        return scan.Number(4, 4, out year);
    }

    private static bool Month(ReadOnlySpan<char> word, out int month)
    {
        month = 0;
        if (word.Length < 3)
        {
            return false;
        }

        for (var index = 0; index < Months.Length; index++)
        {
            if (word.StartsWith(Months[index], StringComparison.OrdinalIgnoreCase))
            {
                month = index + 1;
                return true;
            }
        }

        return false;
    }

    // Null if there is no time at this place, false if there is an impossible one.
    private static bool? Clock(ref DigitScanner scan, ref DateTime local)
    {
        var (minute, second) = (0, 0);
        if (!scan.Number(1, 2, out var hour))
        {
            return scan.Number(6, 6, out var packed) ? Add(ref local, packed / 10000, packed / 100 % 100, packed % 100) : null;
        }

        var colon = scan.Is(':');
        if (colon && (!scan.Number(1, 2, out minute) || (scan.Is(':') && !scan.Number(1, 2, out second))))
        {
            return null;
        }

        if (colon)
        {
            scan.SkipFraction();
        }

        var mark = scan;
        scan.Blanks();
        var half = scan.Word();
        var afternoon = half.Equals("pm", StringComparison.OrdinalIgnoreCase);
        if (afternoon || half.Equals("am", StringComparison.OrdinalIgnoreCase))
        {
            hour = (hour % 12) + (afternoon ? 12 : 0);
        }
        else if (!colon)
        {
            return null;
        }
        else
        {
            scan = mark;
        }

        return Add(ref local, hour, minute, second);
    }

    private static bool Add(ref DateTime local, int hour, int minute, int second)
    {
        // 24:00 is midnight at the end of the day, 23:59:60 a leap second.
        if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second > 0))
        {
            return false;
        }

        var length = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute) + (second * TimeSpan.TicksPerSecond);
        if (local.Ticks + length > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        local = local.AddTicks(length);
        return true;
    }
}
