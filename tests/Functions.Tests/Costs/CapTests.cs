using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pipeline.Costs;
using Pipeline.Functions.Training;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Costs;

/// <summary>What the monthly cap does to the app's functions.</summary>
public sealed class CapTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Timer_starts_training_while_there_is_money_and_not_after()
    {
        await using var app = await StartAsync();
        await TestModels.WritePostsAsync(app.Store, 4, Token);
        await SpendAsync(app, seconds: 900);
        await app.FireAsync("StartTraining", Token);
        Assert.Empty(app.Trainer.Orders);

        await SpendAsync(app, seconds: 700);
        await app.FireAsync("StartTraining", Token);
        Assert.Single(app.Trainer.Orders);
    }

    [Fact]
    public async Task A_run_that_goes_on_is_told_to_save_and_stop()
    {
        await using var app = await StartAsync();
        await TestModels.WritePostsAsync(app.Store, 4, Token);
        await app.FireAsync("StartTraining", Token);
        await SpendAsync(app, seconds: 900);
        await app.FireAsync("StartTraining", Token);
        Assert.Equal(TrainingRunState.Stopped, (await app.Trainer.FindAsync(Token))!.State);
    }

    [Fact]
    public async Task A_person_who_asks_for_training_hears_why_there_is_none()
    {
        await using var app = await StartAsync();
        await SpendAsync(app, seconds: 900);
        using var answer = await app.Http.PostAsync("/api/train", null, Token);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("Training is stopped until", await ErrorAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_and_predictions_stop_last()
    {
        await using var app = await StartAsync();
        await SpendAsync(app, seconds: 900);
        using var before = await app.Http.GetAsync("/api/sample", Token);
        Assert.Contains("No model is in service yet", await ErrorAsync(before), StringComparison.Ordinal);

        await SpendAsync(app, seconds: 1001);
        app.Clock.Ahead += TimeSpan.FromMinutes(2);
        using var after = await app.Http.GetAsync("/api/sample", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, after.StatusCode);
        Assert.Contains("Training and posts are stopped until", await ErrorAsync(after), StringComparison.Ordinal);
        using var body = new StringContent("""{"strData":"a"}""", Encoding.UTF8, "application/json");
        using var predicted = await app.Http.PostAsync("/api/predict", body, Token);
        Assert.Contains("Training and posts are stopped until", await ErrorAsync(predicted), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seconds_of_samples_are_in_the_store_when_the_app_has_ended()
    {
        SampleMeter meter;
        DateTimeOffset now;
        IBlobStore store;
        await using (var app = await StartAsync())
        {
            (meter, now, store) = (app.Get<SampleMeter>(), app.Clock.GetUtcNow(), app.Store);
            meter.Add(5);
            await app.StopAsync(Token);
        }

        Assert.Equal(5, await new SampleMeter(store, TimeProvider.System).ReadAsync(new(now.Year, now.Month, 1), Token));
    }

    [Fact]
    public void A_cap_without_a_price_is_refused() => Assert.Contains(
        "needs a price",
        Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() => new PipelineSettings { Store = "s", MonthlyCap = 3 }.Validated()).Message,
        StringComparison.Ordinal);

    private Task<TestApp> StartAsync() => TestApp.StartAsync(folder, Token, settings =>
    {
        settings.TrainingPrice = 3.60;
        settings.GenerationPrice = 0.36;
        settings.MonthlyCap = 1;
    });

    private static Task<string> SpendAsync(TestApp app, int seconds) => app.Store.WriteAsync(
        new(Containers.Runs, "run/state.json"),
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { run = "run", version = "run", status = "finished", seconds, updated = app.Clock.GetUtcNow() })),
        BlobCondition.None,
        Token);

    private static async Task<string> ErrorAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error").GetString()!;
}
