using System.Text.Json;
using Pipeline.Feedback;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.SendFeedback;

public sealed class SendFeedbackTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"response":{"data":{"ndarray":["x"]},"meta":{"puid":"abc123","tags":{"version":"v1"}}},"reward":0.75,"truth":{"strData":"y"}}""", "abc123", "v1")]
    [InlineData("""{"response":{"text":"x","version":"v2","puid":"def456"},"reward":0.75}""", "def456", "v2")]
    [InlineData("""{"request":{"strData":"a"},"response":{"strData":"b"},"reward":0.75}""", null, null)]
    public async Task A_reward_is_kept_with_the_version_that_wrote_the_text(string body, string? id, string? version)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (status, answer) = await app.Http.PostJsonAsync("/api/send-feedback", body, Token);
        Assert.Equal((202, "{}"), (status, answer.ToString()));
        var entry = Assert.Single(await new FeedbackStore(app.Store).ReadSinceAsync(DateTimeOffset.MinValue, Token));
        Assert.Equal((0.75, version, "api"), (entry.Reward, entry.Version, entry.Source));
        Assert.Equal(id ?? entry.Id, entry.Id);
    }

    [Fact]
    public async Task The_same_word_twice_is_one_and_another_word_on_the_same_text_replaces_it()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        const string Good = """{"response":{"meta":{"puid":"p1"}},"reward":1}""";
        await app.Http.PostJsonAsync("/api/send-feedback", Good, Token);
        await app.Http.PostJsonAsync("/api/send-feedback", Good, Token);
        await app.Http.PostJsonAsync("/api/send-feedback", Good.Replace("1}", "0}", StringComparison.Ordinal), Token);
        var entry = Assert.Single(await new FeedbackStore(app.Store).ReadSinceAsync(DateTimeOffset.MinValue, Token));
        Assert.Equal(0, entry.Reward);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"reward":1.5}""")]
    [InlineData("""{"reward":-1}""")]
    [InlineData("""{"reward":"good"}""")]
    [InlineData("""{"reward":1""")]
    public async Task What_is_no_feedback_is_refused_and_nothing_is_kept(string body)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (status, answer) = await app.Http.PostJsonAsync("/api/send-feedback", body, Token);
        Assert.Equal(400, status);
        Assert.NotEqual("", answer.GetProperty("error").GetString());
        Assert.Empty(await app.Store.ListAsync(Containers.Feedback, "", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_puid_that_is_no_blob_name_is_taken_all_the_same()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var puid = "../../registry/routing" + new string('x', 300);
        var (status, _) = await app.Http.PostJsonAsync("/api/send-feedback", JsonSerializer.Serialize(new { reward = 1, response = new { puid } }), Token);
        Assert.Equal(202, status);
        Assert.Single(await app.Store.ListAsync(Containers.Feedback, "", Token).ToListAsync(Token));
    }
}
