using System.Text;
using Pipeline.Costs;
using Pipeline.Publishing;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Costs;

/// <summary>What a month has cost, and what that stops.</summary>
public sealed class MonthlyCapTests : IDisposable
{
    // 3.60 an hour is a thousandth a second, 0.36 a tenth of that.
    private static readonly Prices OwnPrices = new(3.60, 0.36, "EUR");

    private readonly TemporaryFolder folder = new();
    private readonly FixedClock clock = new(new DateTimeOffset(2026, 5, 17, 12, 0, 0, TimeSpan.Zero));
    private readonly FolderBlobStore store;

    public MonthlyCapTests() => store = new(folder.FullName, clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Runs_posts_and_samples_of_the_month_are_added_up_and_others_are_not()
    {
        await WriteRunAsync("may-1", 1000, "2026-05-03T10:00:00Z");
        await WriteRunAsync("may-2", 500, "2026-05-16T10:00:00Z");
        await WriteRunAsync("april", 9000, "2026-04-30T23:59:59Z");
        await WritePostAsync(new DateOnly(2026, 5, 2), 60, new DateTimeOffset(2026, 5, 2, 6, 0, 0, TimeSpan.Zero));
        await WritePostAsync(new DateOnly(2026, 4, 2), 60, new DateTimeOffset(2026, 4, 2, 6, 0, 0, TimeSpan.Zero));
        var samples = new SampleMeter(store, clock);
        samples.Add(20);
        await samples.SaveAsync(Token);
        await new SampleMeter(store, clock).SaveAsync(Token);
        samples.Add(10);
        using var cap = new MonthlyCap(store, samples, OwnPrices, cap: null, clock);

        var spending = await cap.ReadAsync(Token);

        Assert.Equal((1500, 2, 60, 1, 30), (spending.TrainingSeconds, spending.Runs, spending.PostSeconds, spending.Posts, spending.SampleSeconds));
        Assert.Equal(1.5, spending.TrainingCost, 6);
        Assert.Equal(0.006, spending.PostCost, 6);
        Assert.Equal(0.003, spending.SampleCost, 6);
        Assert.Equal(1.509, spending.Total, 6);
        Assert.Equal((new DateOnly(2026, 5, 1), "EUR"), (spending.Month, spending.Currency));
        Assert.Null(spending.Stopped);
    }

    [Fact]
    public async Task A_new_month_begins_at_nothing()
    {
        await WriteRunAsync("may", 1000, "2026-05-03T10:00:00Z");
        using var cap = new MonthlyCap(store, new SampleMeter(store, clock), OwnPrices, cap: 1, clock);
        Assert.False((await cap.ReadAsync(Token)).GenerationAllowed);
        clock.Now = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        var spending = await cap.ReadAsync(Token);
        Assert.Equal(0, spending.Total);
        Assert.True(spending is { TrainingAllowed: true, GenerationAllowed: true, Stopped: null });
    }

    [Theory]
    [InlineData(799, true, true)]
    [InlineData(801, false, true)]
    [InlineData(999, false, true)]
    [InlineData(1001, false, false)]
    [InlineData(5000, false, false)]
    public async Task Training_stops_first_and_generation_last(int seconds, bool training, bool generation)
    {
        await WriteRunAsync("may", seconds, "2026-05-03T10:00:00Z");
        using var cap = new MonthlyCap(store, new SampleMeter(store, clock), OwnPrices, cap: 1, clock);
        var spending = await cap.ReadAsync(Token);
        Assert.Equal((training, generation), (spending.TrainingAllowed, spending.GenerationAllowed));
        await DemandAsync(training, cap.DemandTrainingAsync(Token));
        await DemandAsync(generation, cap.DemandGenerationAsync(Token));
        Assert.Equal(training, spending.Stopped is null);
        if (!training)
        {
            Assert.Contains("until 2026-06-01", spending.Stopped, StringComparison.Ordinal);
            Assert.Contains("PIPELINE_MONTHLY_CAP", spending.Stopped, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_processes_that_count_samples_lose_none()
    {
        var meters = Enumerable.Range(0, 8).Select(_ => new SampleMeter(store, clock)).ToList();
        await Task.WhenAll(meters.Select(async meter =>
        {
            for (var time = 0; time < 5; time++)
            {
                meter.Add(1);
                await meter.SaveAsync(Token);
            }
        }));
        Assert.Equal(40, await meters[0].ReadAsync(new DateOnly(2026, 5, 1), Token));
    }

    [Fact]
    public async Task A_sum_of_a_newer_format_is_refused_and_nothing_that_was_counted_is_lost()
    {
        var name = SampleMeter.BlobOf(new DateOnly(2026, 5, 1));
        await store.WriteAsync(name, """{"seconds":1,"format":2}"""u8.ToArray(), BlobCondition.None, Token);
        var meter = new SampleMeter(store, clock);
        meter.Add(3);
        var failure = await Assert.ThrowsAsync<FormatException>(() => meter.SaveAsync(Token));
        Assert.Contains("has format 2; this version reads up to 1. Update Pipeline.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, meter.Waiting);
    }

    private static async Task DemandAsync(bool allowed, Task demand)
    {
        if (allowed)
        {
            await demand;
        }
        else
        {
            await Assert.ThrowsAsync<CapReachedException>(() => demand);
        }
    }

    // As the job writes it.
    private Task<string> WriteRunAsync(string run, int seconds, string updated) => store.WriteAsync(
        new(Containers.Runs, $"{run}/state.json"),
        Encoding.UTF8.GetBytes($$"""{"run":"{{run}}","version":"{{run}}","status":"finished","seconds":{{seconds}},"updated":"{{updated}}"}"""),
        BlobCondition.None,
        Token);

    private Task<string> WritePostAsync(DateOnly day, double seconds, DateTimeOffset created) => new PostRecords(store).WriteAsync(
        new PostRecord
        {
            Card = new()
            {
                Day = day,
                Provenance = new("v1", "corpus", 1, "greedy"),
                Candidates = [new() { Title = "Soup", Body = "A pot." }],
                Chosen = 1,
                Seconds = seconds,
            },
            Created = created,
        },
        BlobCondition.None,
        Token);

    private sealed class FixedClock(DateTimeOffset start) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
