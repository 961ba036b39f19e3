using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Sample;

public sealed class SampleFunctionTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestApp _app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await TestApp.StartAsync(_folder, Token);
        await WritingModel.ServeAsync(_app.Store, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Callers_at_once_get_the_texts_they_get_alone()
    {
        List<string> alone = [];
        for (var seed = 0; seed < 12; seed++)
        {
            alone.Add(await TextAsync(Body(seed)));
        }

        Assert.Equal(12, alone.Distinct().Count());
        Assert.Equal(alone, await Task.WhenAll(Enumerable.Range(0, 12).Select(seed => TextAsync(Body(seed)))));
    }

    [Fact]
    public async Task A_reader_that_stands_still_keeps_nobody_waiting()
    {
        using var request = Streamed("""{"prompt":"The cat ","length":2000,"seed":1}""");
        using var slow = await _app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, slow.StatusCode);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => TextAsync(Body(seed)))), Assert.NotEmpty);
        Assert.Contains("event: done", await slow.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_brings_the_text_of_the_whole_answer()
    {
        using var request = Streamed(Body(3));
        using var answer = await _app.Http.SendAsync(request, Token);
        var events = (await answer.Content.ReadAsStringAsync(Token)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var pieces = events.Where(text => text.StartsWith("data:", StringComparison.Ordinal)).Select(text => JsonDocument.Parse(text[5..]).RootElement.GetProperty("text").GetString());
        Assert.Equal(await TextAsync(Body(3)), string.Concat(pieces));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/event-stream")]
    public async Task Beams_find_one_text_whatever_the_seed(string? accept)
    {
        List<string> texts = [];
        foreach (var seed in new[] { 1, 2 })
        {
            using var request = Post($$"""{"prompt":"The cat ","length":12,"beams":3,"lengthPenalty":0.5,"seed":{{seed}}}""", accept);
            using var answer = await _app.Http.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            texts.Add((await answer.Content.ReadAsStringAsync(Token)).Split("\"text\":\"")[1].Split('"')[0]);
        }

        Assert.Equal(texts[0], texts[1]);
        Assert.NotEmpty(texts[0]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/event-stream")]
    public async Task Settings_out_of_range_are_refused_before_anything_is_said(string? accept)
    {
        using var words = Post("""{"prompt":"a","targetWords":-1,"temperature":-2}""", accept);
        using var refused = await _app.Http.SendAsync(words, Token);
        var message = await refused.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("TargetWords is -1", message, StringComparison.Ordinal);
        Assert.Contains("Temperature is -2", message, StringComparison.Ordinal);

        using var beams = Post("""{"prompt":"a","beams":99}""", accept);
        using var refusedToo = await _app.Http.SendAsync(beams, Token);
        Assert.Equal(HttpStatusCode.BadRequest, refusedToo.StatusCode);
        Assert.Contains("Beams is 99", await refusedToo.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static string Body(int seed) => $$"""{"prompt":"The cat ","length":{{20 + (7 * seed)}},"temperature":1.2,"topK":0,"topP":1,"seed":{{seed}}}""";

    private static HttpRequestMessage Streamed(string body) => Post(body, "text/event-stream");

    private static HttpRequestMessage Post(string body, string? accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/sample") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", accept ?? "application/json");
        return request;
    }

    private async Task<string> TextAsync(string body)
    {
        using var request = Post(body, null);
        using var answer = await _app.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("text").GetString()!;
    }
}
