namespace Pipeline.Posts;

/// <summary>Days of the calendar and their place in a time zone.</summary>
internal static class CivilDate
{
    public static bool Exists(int year, int month, int day) =>
        year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);

    /// <summary>The instant of a local time at an offset; false beyond the calendar's ends.</summary>
    public static bool TryAt(DateTime local, TimeSpan offset, out DateTimeOffset instant)
    {
        var ticks = local.Ticks - offset.Ticks;
        var inside = ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks;
        instant = inside ? new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), offset) : default;
        return inside;
    }

    /// <summary>
    /// The instant of a wall-clock time in a zone: a time that a clock change skips is moved on by the change, of a time that
    /// happens twice the later is taken, both as Ruby does.
    /// </summary>
    public static bool TryIn(DateTime local, TimeZoneInfo zone, out DateTimeOffset instant)
    {
        if (zone.IsInvalidTime(local))
        {
            var before = zone.GetUtcOffset(local.AddHours(-3));
            return TryAt(local, before, out instant) && TryShow(instant, zone, out instant);
        }

        return TryAt(local, WholeMinutes(zone.GetUtcOffset(local)), out instant);
    }

    /// <summary>The same instant with the zone's offset.</summary>
    public static bool TryShow(DateTimeOffset instant, TimeZoneInfo zone, out DateTimeOffset shown)
    {
        var offset = WholeMinutes(zone.GetUtcOffset(instant));
        return TryAt(new DateTime(Math.Clamp(instant.UtcTicks + offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks)), offset, out shown);
    }

    // Local mean times before the railways have seconds, which an ISO 8601 offset cannot say.
    private static TimeSpan WholeMinutes(TimeSpan offset) => new(offset.Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute);
}
