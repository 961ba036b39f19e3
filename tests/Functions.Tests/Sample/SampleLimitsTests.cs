using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Serving;
using Pipeline.Registry;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Sample;

/// <summary>What a caller gets when time or room runs out.</summary>
public sealed class SampleLimitsTests(RealModel model) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task At_the_deadline_a_sample_is_given_as_far_as_it_came_with_the_reason(string accept)
    {
        // Nine tenths of 200 s, and 30 s go by each time that the clock is asked: some tokens fit, 1000 do not.
        await using var app = await StartAsync(new RunDeadlines(Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(200)));
        var whole = (await app.Http.GetFromJsonAsync<JsonElement>("/api/sample?title=Sea&length=1000&seed=5", Token)).GetProperty("text").GetString()!;
        app.Clock.Step = TimeSpan.FromSeconds(30);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/sample?title=Sea&length=1000&seed=5") { Headers = { { "Accept", accept } } };

        using var answer = await app.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync(Token);
        var json = JsonDocument.Parse(text[text.LastIndexOf("{\"prefix\"", StringComparison.Ordinal)..]).RootElement;
        Assert.Equal("Time", json.GetProperty("finishReason").GetString());
        Assert.Contains("The time for an answer was over", json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.InRange(json.GetProperty("tokens").GetInt32(), 1, 8);
        Assert.StartsWith(json.GetProperty("text").GetString()!, whole, StringComparison.Ordinal);
        Assert.NotEqual(json.GetProperty("text").GetString(), whole);
    }

    [Fact]
    public async Task At_the_deadline_every_row_of_a_prediction_has_had_its_share_of_the_time()
    {
        await using var app = await StartAsync(new RunDeadlines(Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(500)));
        app.Clock.Step = TimeSpan.FromSeconds(30);

        var (status, json) = await app.Http.PostJsonAsync("/api/predict", """{"data":{"ndarray":["a","b","c"]},"meta":{"tags":{"length":1000,"seed":3}}}""", Token);

        Assert.Equal(200, status);
        var tags = json.GetProperty("meta").GetProperty("tags");
        Assert.All(tags.GetProperty("finishReasons").EnumerateArray(), reason => Assert.Equal("Time", reason.GetString()));
        Assert.Contains("The time for an answer was over", tags.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.All(json.GetProperty("data").GetProperty("ndarray").EnumerateArray(), row => Assert.True(row.GetString()!.Length > 0));
    }

    [Theory]
    [InlineData("/api/sample", null)]
    [InlineData("/api/predict", """{"strData":"a"}""")]
    public async Task Beyond_the_queue_a_caller_is_turned_away_and_told_when_to_come_again(string route, string? body)
    {
        await using var app = await StartAsync(RunDeadlines.None);
        var queue = app.Get<GenerationQueue>();
        using var leave = new CancellationTokenSource();
        var entered = new List<Task<IDisposable?>>();
        // Who is turned away is so at once; everybody else works or waits.
        while (entered.Count == 0 || entered[^1] is not { IsCompleted: true, Result: null })
        {
            entered.Add(queue.EnterAsync(Timeout.InfiniteTimeSpan, leave.Token));
        }

        using (var refused = await AskAsync())
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
            Assert.Contains($"Come again in {refused.Headers.RetryAfter.Delta.Value.TotalSeconds:0} s.", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        await leave.CancelAsync();
        foreach (var place in entered)
        {
            await ((Task)place).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            (place.IsCompletedSuccessfully ? await place : null)?.Dispose();
        }

        using var served = await AskAsync();
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);

        Task<HttpResponseMessage> AskAsync() => body is null
            ? app.Http.GetAsync(new Uri(route, UriKind.Relative), Token)
            : app.Http.PostAsync(new Uri(route, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), Token);
    }

    private async Task<TestApp> StartAsync(RunDeadlines deadlines)
    {
        var app = await TestApp.StartAsync(folder, Token, deadlines: deadlines);
        await model.PublishAsync(app.Store, 1, "v1", "00112233aabbccdd", Token);
        await new RoutingStore(app.Store).UpdateAsync(table => table.Promote("v1", "test", app.Clock.GetUtcNow()), Token);
        return app;
    }
}
