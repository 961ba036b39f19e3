using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Local;

public sealed class TimerSchedulerTests : IDisposable
{
    private static readonly FunctionDefinition Function = new("Daily", new() { Type = "timerTrigger", Name = "timer", Schedule = "0 0 6 * * *" });

    private readonly TemporaryFolder folder = new();
    private readonly FakeHandler handler = new();
    private readonly ManualClock clock = new(Time("2026-03-27T05:59:00Z"));
    private CancellationTokenSource stop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        stop.Dispose();
        handler.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task It_runs_at_each_of_its_times_and_at_no_other()
    {
        var running = Run("0 0 6 * * *", TimeZoneInfo.Utc);
        await clock.RunToAsync(Time("2026-03-27T06:00:00Z"), Token);
        await Until(1);
        await clock.RunToAsync(Time("2026-03-30T05:00:00Z"), Token);
        await Until(3);
        await EndAsync(running);
        Assert.Equal(3, handler.Posts.Count);
        Assert.All(handler.Posts, post => Assert.False(IsPastDue(post.Payload)));
    }

    [Fact]
    public async Task A_new_installation_owes_no_run_and_many_missed_ones_are_made_up_once()
    {
        var running = Run("0 0 6 * * *", TimeZoneInfo.Utc);
        await clock.WaitForSleeperAsync(Token);
        await EndAsync(running);
        Assert.Empty(handler.Posts);

        clock.Jump(Time("2026-04-05T12:00:00Z"));
        running = Run("0 0 6 * * *", TimeZoneInfo.Utc);
        await Until(1);
        await clock.RunToAsync(Time("2026-04-05T23:00:00Z"), Token);
        await EndAsync(running);
        Assert.True(IsPastDue(Assert.Single(handler.Posts).Payload));
    }

    [Fact]
    public async Task Times_that_the_first_version_wrote_count_and_newer_ones_are_refused()
    {
        await File.WriteAllTextAsync(folder.Sub("timer.json"), """{"Daily":"2026-03-25T06:00:00+00:00"}""", Token);
        var running = Run("0 0 6 * * *", TimeZoneInfo.Utc);
        await Until(1);
        await EndAsync(running);
        Assert.Contains("\"format\":2", await File.ReadAllTextAsync(folder.Sub("timer.json"), Token), StringComparison.Ordinal);

        await File.WriteAllTextAsync(folder.Sub("timer.json"), """{"runs":{},"format":99}""", Token);
        var failure = await Assert.ThrowsAsync<FormatException>(() => Run("0 0 6 * * *", TimeZoneInfo.Utc));
        Assert.Contains("has format 99; this version reads up to 2. Update Pipeline.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Daylight_saving_moves_the_time_and_skips_or_doubles_no_day()
    {
        // Berlin's clocks go from 2:00 to 3:00 on 29 March 2026, and a run at half past two has no such time on that day.
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var running = Run("0 0 6 * * *", berlin);
        var times = new List<string>();
        handler.Answer = (_, _) =>
        {
            times.Add(clock.GetUtcNow().ToString("MM-dd HH:mm", CultureInfo.InvariantCulture));
            return Task.FromResult((System.Net.HttpStatusCode.OK, "{}"));
        };
        await clock.RunToAsync(Time("2026-03-31T12:00:00Z"), Token);
        await Until(4);
        await EndAsync(running);
        Assert.Equal(["03-28 05:00", "03-29 04:00", "03-30 04:00", "03-31 04:00"], times);
    }

    [Fact]
    public async Task A_run_that_takes_longer_than_the_interval_is_never_joined_by_a_second()
    {
        var release = new TaskCompletionSource();
        var inside = 0;
        var most = 0;
        handler.Answer = async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await release.Task;
            Interlocked.Decrement(ref inside);
            return (System.Net.HttpStatusCode.OK, "{}");
        };
        var running = Run("0 * * * * *", TimeZoneInfo.Utc);
        await clock.RunToAsync(Time("2026-03-27T06:00:00Z"), Token);
        await Until(1);
        // Ten intervals pass while the first run is still at it: they are made up for once.
        clock.Jump(Time("2026-03-27T06:10:30Z"));
        release.SetResult();
        await Until(2);
        await clock.WaitForSleeperAsync(Token);
        await EndAsync(running);
        Assert.Equal((1, 2), (most, handler.Posts.Count));
    }

    [Fact]
    public async Task A_run_that_fails_is_not_repeated_before_its_next_time()
    {
        handler.Fail("no model");
        var running = Run("0 0 6 * * *", TimeZoneInfo.Utc);
        await clock.RunToAsync(Time("2026-03-28T05:00:00Z"), Token);
        await Until(1);
        await clock.RunToAsync(Time("2026-03-28T07:00:00Z"), Token);
        await Until(2);
        await EndAsync(running);
        Assert.Equal(2, handler.Posts.Count);
    }

    [Fact]
    public async Task A_clock_that_was_ahead_and_is_set_right_stops_no_schedule()
    {
        clock.Jump(Time("2027-03-27T05:59:00Z"));
        var running = Run("0 0 6 * * *", TimeZoneInfo.Utc);
        await clock.RunToAsync(Time("2027-03-27T06:00:00Z"), Token);
        await Until(1);
        await clock.WaitForSleeperAsync(Token);
        clock.Jump(Time("2026-03-27T12:00:00Z"));
        clock.WakeAll();
        await clock.WaitForSleeperAsync(Token);
        await clock.RunToAsync(Time("2026-03-29T07:00:00Z"), Token);
        await Until(3);
        await EndAsync(running);
        Assert.Equal(3, handler.Posts.Count);
    }

    private static bool IsPastDue(System.Text.Json.JsonElement payload) => payload.GetProperty("Data").GetProperty("timer").GetProperty("IsPastDue").GetBoolean();

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private Task Run(string schedule, TimeZoneInfo zone) => new TimerScheduler(
        new HandlerClient(handler.Client(), clock), Function, new NcronSchedule(schedule, zone), folder.Sub("timer.json"), clock, NullLogger<TimerScheduler>.Instance).RunAsync(stop.Token);

    private async Task Until(int posts)
    {
        while (handler.Posts.Count < posts)
        {
            await Task.Delay(1, Token);
        }
    }

    private async Task EndAsync(Task running)
    {
        await clock.WaitForSleeperAsync(Token);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(running.IsCanceled);
        stop.Dispose();
        stop = new();
    }
}
