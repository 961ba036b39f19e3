using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pipeline.Functions.Training;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Overview;

/// <summary>What the status says of each step, and that it says it whoever failed.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_waits_in_an_empty_store()
    {
        await using var app = await TestApp.StartAsync(folder, Token);

        var status = await StatusAsync(app);

        Assert.True(status.GetProperty("healthy").GetBoolean());
        Assert.Equal(["posts", "documents", "corpus", "run", "model", "post"], Steps(status).Select(step => step.GetProperty("name").GetString()));
        Assert.All(Steps(status), step => Assert.Equal("waiting", step.GetProperty("health").GetString()));
        Assert.All(Steps(status), step => Assert.NotEmpty(step.GetProperty("advice").GetString()!));
        Assert.Equal(["post", "training", "watch"], status.GetProperty("due").EnumerateArray().Select(due => due.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_failed_function_is_told_with_what_to_do_until_it_succeeds_on_the_same_blob()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await TestModels.PublishAsync(app.Store, TestModels.Manifest("v1"), Token);
        await WriteAsync(app, Pipeline.Registry.RoutingStore.Blob, "{");

        Assert.Equal(HttpStatusCode.InternalServerError, await InvokeAsync(app, "DecideDeployment", "models/v1/manifest.json"));
        var failed = Assert.Single(Steps(await StatusAsync(app)), step => step.GetProperty("health").GetString() == "failed");
        Assert.Equal("model", failed.GetProperty("name").GetString());
        Assert.StartsWith("models/v1/manifest.json: Not a routing table", failed.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(failed.GetProperty("advice").GetString()!);
        Assert.Contains("What to do", await app.Http.GetStringAsync("/", Token), StringComparison.Ordinal);

        await app.Store.DeleteAsync(Pipeline.Registry.RoutingStore.Blob, BlobCondition.None, Token);
        Assert.Equal(HttpStatusCode.OK, await InvokeAsync(app, "DecideDeployment", "models/v2/manifest.json"));
        Assert.False((await StatusAsync(app)).GetProperty("healthy").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, await InvokeAsync(app, "DecideDeployment", "models/v1/manifest.json"));
        Assert.True((await StatusAsync(app)).GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public async Task What_a_caller_did_wrong_is_no_failure_of_a_step()
    {
        await using var app = await TestApp.StartAsync(folder, Token);

        using var answer = await app.Http.PostAsync("/ConvertPost", new StringContent("no JSON"), Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True((await StatusAsync(app)).GetProperty("healthy").GetBoolean());
    }

    [Fact]
    public async Task A_run_that_wrote_nothing_for_long_is_lost_and_one_that_writes_runs()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await WriteRunAsync(app, "running", app.Clock.GetUtcNow());

        Assert.Equal("working", Run(await StatusAsync(app)).GetProperty("health").GetString());
        app.Clock.Ahead = TimeSpan.FromHours(1);
        var lost = Run(await StatusAsync(app));

        Assert.Equal("failed", lost.GetProperty("health").GetString());
        Assert.Contains("gone", lost.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_left_follows_from_the_speed_of_the_newest_steps()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await WriteRunAsync(app, "running", app.Clock.GetUtcNow());

        var run = await app.Http.GetFromJsonAsync<JsonElement>("/api/runs/r1?after=1", Token);

        // 98 steps of 8 × 100 tokens at 400 tokens a second.
        Assert.Equal(98 * 800 / 400.0, run.GetProperty("secondsLeft").GetDouble(), 6);
        Assert.Equal([2], run.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("step").GetInt32()));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync("/api/runs/..%2fr1", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Http.GetAsync("/api/runs/r1?after=x", Token)).StatusCode);
    }

    [Fact]
    public async Task A_cancelled_corpus_is_not_trained_on_again_until_somebody_starts_it_or_it_changes()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var corpus = await TestModels.WritePostsAsync(app.Store, 3, Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Single(app.Trainer.Orders);
        await WriteRunAsync(app, "running", app.Clock.GetUtcNow(), corpus.Id);

        Assert.Equal(HttpStatusCode.Accepted, (await app.Http.PostAsync("/api/train/cancel", null, Token)).StatusCode);
        Assert.Equal(TrainingRunState.Stopped, (await app.Trainer.FindAsync(Token))!.State);
        await WriteRunAsync(app, "interrupted", app.Clock.GetUtcNow(), corpus.Id);
        await app.FireAsync("StartTraining", Token);
        Assert.Single(app.Trainer.Orders);
        Assert.StartsWith("cancelled", Run(await StatusAsync(app)).GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await app.Http.PostAsync("/api/train/cancel", null, Token)).StatusCode);

        await TestModels.WritePostsAsync(app.Store, 4, Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Equal(2, app.Trainer.Orders.Count);
        app.Trainer.End(TrainingRunState.Stopped);
        await app.Get<TrainingCancellation>().RequestAsync(corpus.Id, Token);
        Assert.Equal(HttpStatusCode.Accepted, (await app.Http.PostAsync("/api/train", null, Token)).StatusCode);
        Assert.Null(await app.Get<TrainingCancellation>().ReadAsync(Token));
    }

    [Fact]
    public async Task Shares_of_requests_are_changed_and_nonsense_is_refused()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v1"), DateTimeOffset.UnixEpoch, Token);
        await TestModels.PublishAsync(app.Store, TestModels.Manifest("v2"), Token);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(app, """{"version":"v2","hundredths":15,"reason":"to see"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, """{"version":"v2","hundredths":100}"""));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "{}"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(app, """{"version":"v3","hundredths":5}"""));
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(app, """{"version":"v1","hundredths":5}"""));

        var models = await app.Http.GetFromJsonAsync<JsonElement>("/api/models", Token);
        Assert.Equal([("v1", "stable", 85), ("v2", "candidate", 15)], models.GetProperty("models").EnumerateArray().Select(model => (
            model.GetProperty("version").GetString()!, model.GetProperty("role").GetString()!, model.GetProperty("weight").GetInt32())).Order());
        Assert.Equal("to see", models.GetProperty("history")[0].GetProperty("reason").GetString());

        static async Task<HttpStatusCode> PostAsync(TestApp app, string body)
        {
            using var answer = await app.Http.PostAsync("/api/models/weights", new StringContent(body, Encoding.UTF8, "application/json"), Token);
            return answer.StatusCode;
        }
    }

    /// <inheritdoc />
    public void Dispose() => folder.Dispose();

    private static async Task WriteRunAsync(TestApp app, string status, DateTimeOffset updated, string corpus = "c")
    {
        await WriteAsync(app, Name("state.json"), $$"""{"run":"r1","version":"r1","status":"{{status}}","corpusId":"{{corpus}}","step":1,"steps":100,"trainedTokens":800,"updated":"{{updated:O}}"}""");
        await WriteAsync(app, Name("train.log"), "step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second\n1,0.1,5,5,,0.001,300\n2,0.2,4,4.5,4.7,0.001,500\n");

        static BlobName Name(string file) => new(Containers.Runs, $"r1/{file}");
    }

    // As the Functions host posts it.
    private static async Task<HttpStatusCode> InvokeAsync(TestApp app, string function, string blob)
    {
        var body = new { Data = new { blob = "e30=" }, Metadata = new { BlobTrigger = blob, version = blob.Split('/')[1] } };
        using var answer = await app.Http.PostAsJsonAsync("/" + function, body, new JsonSerializerOptions(), Token);
        return answer.StatusCode;
    }

    private static Task<string> WriteAsync(TestApp app, BlobName name, string text) => app.Store.WriteAsync(name, Encoding.UTF8.GetBytes(text), BlobCondition.None, Token);

    private static Task<JsonElement> StatusAsync(TestApp app) => app.Http.GetFromJsonAsync<JsonElement>("/api/status", Token);

    private static JsonElement[] Steps(JsonElement status) => [.. status.GetProperty("steps").EnumerateArray()];

    private static JsonElement Run(JsonElement status) => Steps(status).Single(step => step.GetProperty("name").GetString() == "run");
}
