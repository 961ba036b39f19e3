using Pipeline.Generation;
using Pipeline.Generation.Batching;
using Pipeline.Generation.Logits;

namespace Pipeline.Shared.Tests.Generation.Batching;

public sealed class BatchSchedulerTests(TestModel test)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_that_come_and_go_get_the_texts_they_get_alone()
    {
        var requests = Enumerable.Range(0, 14).Select(i => Request(i, tokens: 5 + (i * 11 % 90), samples: 1 + (i % 3))).ToList();
        var generator = new TextGenerator(test.Model);
        await using var scheduler = new BatchScheduler(test.Model, 4);
        var together = await Task.WhenAll(requests.Select(async (request, i) =>
        {
            await Task.Delay(i % 5, Cancellation);
            return await scheduler.GenerateAsync(request, Cancellation);
        }));
        for (var i = 0; i < requests.Count; i++)
        {
            var alone = await generator.GenerateAsync(requests[i], Cancellation);
            Assert.Equal(alone.Select(text => text.Text), together[i].Select(text => text.Text));
        }
    }

    [Fact]
    public async Task A_reader_that_stands_still_keeps_nobody_waiting()
    {
        await using var scheduler = new BatchScheduler(test.Model, 2);
        await using var slow = scheduler.StreamAsync(Request(1, tokens: 60), Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await slow.MoveNextAsync());
        var others = await Task.WhenAll(Enumerable.Range(2, 6).Select(i => scheduler.GenerateAsync(Request(i, tokens: 30), Cancellation)));
        Assert.All(others, texts => Assert.NotEmpty(texts[0].Text));

        var read = 1;
        while (await slow.MoveNextAsync())
        {
            read++;
        }

        Assert.Equal(60, read);
    }

    [Fact]
    public async Task A_reader_that_leaves_makes_room()
    {
        await using var scheduler = new BatchScheduler(test.Model, 1);
        await foreach (var _ in scheduler.StreamAsync(Request(1, tokens: 100_000), Cancellation))
        {
            break;
        }

        using var stop = new CancellationTokenSource();
        var abandoned = scheduler.GenerateAsync(Request(2, tokens: 100_000), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        Assert.Single(await scheduler.GenerateAsync(Request(3, tokens: 4), Cancellation));
    }

    [Fact]
    public async Task A_request_that_fails_fails_alone()
    {
        await using var scheduler = new BatchScheduler(test.Model, 2);
        var good = scheduler.GenerateAsync(Request(1, tokens: 50), Cancellation);
        var bad = scheduler.GenerateAsync(Request(2, tokens: 50) with { Rules = [new FailingRule()] }, Cancellation);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => bad);
        Assert.Single(await good);
        Assert.Single(await scheduler.GenerateAsync(Request(3, tokens: 5), Cancellation));
    }

    [Fact]
    public async Task Requests_left_at_the_end_are_told()
    {
        var scheduler = new BatchScheduler(test.Model, 1);
        var running = scheduler.GenerateAsync(Request(1, tokens: 100_000), Cancellation);
        var waiting = scheduler.GenerateAsync(Request(2, tokens: 100_000), Cancellation);
        await scheduler.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.Throws<ObjectDisposedException>(() => scheduler.StreamAsync(Request(3, tokens: 5), Cancellation));
    }

    private static GenerationRequest Request(int seed, int tokens, int samples = 1) => new()
    {
        Prompt = string.Concat(Enumerable.Repeat("The cat listens. ", 1 + (seed % 4))),
        Samples = samples,
        Sampling = new() { Seed = (ulong)seed, MaxTokens = tokens, StopAtEndOfText = false, Temperature = 1 },
    };

    private sealed class FailingRule : ILogitsProcessor
    {
        public void Apply(TokenHistory text, Span<float> logits)
        {
            if (text.Generated.Length > 5)
            {
                throw new InvalidTimeZoneException();
            }
        }
    }
}
