using Pipeline.Costs;
using Pipeline.Functions.Serving;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Serving;

public sealed class GenerationQueueTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 6, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_work_as_there_are_places_the_next_wait_in_order_and_the_rest_are_turned_away()
    {
        using var queue = new GenerationQueue(TimeProvider.System, places: 2, waiting: 3);
        var working = new[] { await queue.EnterAsync(Timeout.InfiniteTimeSpan, Token), await queue.EnterAsync(Timeout.InfiniteTimeSpan, Token) };
        Assert.All(working, Assert.NotNull);
        var waiting = Enumerable.Range(0, 3).Select(_ => queue.EnterAsync(Timeout.InfiniteTimeSpan, Token)).ToArray();
        Assert.All(waiting, wait => Assert.False(wait.IsCompleted));
        Assert.Null(await queue.EnterAsync(Timeout.InfiniteTimeSpan, Token));
        Assert.InRange(queue.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

        working[0]!.Dispose();
        working[0]!.Dispose();
        Assert.NotNull(await waiting[0]);
        Assert.False(waiting[1].IsCompleted);
        Assert.Null(queue.EnterIfIdle());
    }

    [Fact]
    public async Task Who_has_no_patience_or_goes_away_leaves_the_queue()
    {
        using var queue = new GenerationQueue(TimeProvider.System, places: 1, waiting: 1);
        var first = await queue.EnterAsync(Timeout.InfiniteTimeSpan, Token);
        Assert.Null(await queue.EnterAsync(TimeSpan.Zero, Token));
        using var gone = new CancellationTokenSource();
        var waits = queue.EnterAsync(Timeout.InfiniteTimeSpan, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        first!.Dispose();
        using var idle = queue.EnterIfIdle();
        Assert.NotNull(idle);
    }

    [Fact]
    public async Task Texts_that_are_made_side_by_side_share_what_their_time_costs()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock(Start);
        var meter = new SampleMeter(new FolderBlobStore(folder.FullName, clock), clock);
        using var queue = new GenerationQueue(clock, places: 3, waiting: 0, meter);
        var longer = await EnterAsync();
        Pass(4);
        var shorter = await EnterAsync();
        Pass(2);
        shorter.Dispose();
        Assert.Equal(1, meter.Waiting, 6);

        Pass(4);
        longer.Dispose();
        Assert.Equal(10, meter.Waiting, 6);

        Pass(100);
        var three = new[] { await EnterAsync(), await EnterAsync(), await EnterAsync() };
        Pass(6);
        foreach (var (place, done) in three.Zip([12, 14, 16]))
        {
            place.Dispose();
            place.Dispose();
            Assert.Equal(done, meter.Waiting, 6);
        }

        async Task<IDisposable> EnterAsync() => (await queue.EnterAsync(TimeSpan.Zero, Token))!;

        void Pass(int seconds) => clock.Jump(clock.GetUtcNow() + TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Who_is_turned_away_hears_of_it_a_little_later_unless_a_thousand_wait_for_that()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        using var queue = new GenerationQueue(clock, places: 1, waiting: 0);
        using var gone = new CancellationTokenSource();
        var first = queue.HoldBackAsync(gone.Token);
        var others = Enumerable.Range(0, 999).Select(_ => queue.HoldBackAsync(Token)).ToArray();
        Assert.All(others.Append(first), wait => Assert.False(wait.IsCompleted));
        Assert.True(queue.HoldBackAsync(Token).IsCompletedSuccessfully);

        await gone.CancelAsync();
        await first;
        clock.WakeAll();
        await Task.WhenAll(others);
    }
}
