using System.Globalization;
using Pipeline.Functions.Local;

namespace Pipeline.Functions.Tests.Local;

/// <summary>Times worked out by hand from the calendar and the zones' rules.</summary>
public sealed class NcronScheduleTests
{
    [Theory]
    [InlineData("0 0 6 * * *", "UTC", "2026-03-01T05:00:00Z", "2026-03-01T06:00:00Z")]
    [InlineData("0 6 * * *", "UTC", "2026-03-01T06:06:00Z", "2026-03-02T06:00:00Z")]
    [InlineData("0 0 6 * * *", "UTC", "2026-03-01T06:00:00Z", "2026-03-02T06:00:00Z")]
    // 2026-03-01 is a Sunday, which is 0 and 7 in NCRONTAB.
    [InlineData("0 0 6 * * 0", "UTC", "2026-02-26T00:00:00Z", "2026-03-01T06:00:00Z")]
    [InlineData("0 0 6 * * 7", "UTC", "2026-02-26T00:00:00Z", "2026-03-01T06:00:00Z")]
    [InlineData("0 0 6 * * 1-5", "UTC", "2026-02-28T00:00:00Z", "2026-03-02T06:00:00Z")]
    [InlineData("0 0 6 * * Mon", "UTC", "2026-02-28T00:00:00Z", "2026-03-02T06:00:00Z")]
    [InlineData("0 */30 * * * *", "UTC", "2026-03-01T05:31:00Z", "2026-03-01T06:00:00Z")]
    [InlineData("0 0 6 15 * *", "UTC", "2026-03-01T00:00:00Z", "2026-03-15T06:00:00Z")]
    // Berlin is an hour ahead of UTC in winter and two in summer; summer time began on 2026-03-29.
    [InlineData("0 0 6 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-28T05:00:00Z")]
    [InlineData("0 0 6 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T04:00:00Z")]
    public void Next_times_follow_the_calendar(string schedule, string zone, string after, string expected) =>
        Assert.Equal(Time(expected), new NcronSchedule(schedule, TimeZoneInfo.FindSystemTimeZoneById(zone)).Next(Time(after)));

    [Theory]
    [InlineData("")]
    [InlineData("every day")]
    [InlineData("0 0 6 * *  * *")]
    [InlineData("0 0 25 * * *")]
    [InlineData("0 0 6 15 * 1")]
    public void What_is_no_schedule_is_refused(string schedule) =>
        Assert.Throws<FormatException>(() => new NcronSchedule(schedule, TimeZoneInfo.Utc));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
