using System.Net;
using System.Net.Http.Json;
using Pipeline.Deployment;
using Pipeline.Feedback;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Training;
using Pipeline.Registry;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Deploying;

public sealed class SensorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sensor_on_the_start_goes_off_once_for_each_deployment()
    {
        await using var app = await TestApp.StartAsync(_folder, Token);
        await ApplyAsync(app, "- { name: begin, on: start, do: train }");

        await app.FireAsync("WatchDeployment", Token);
        app.Trainer.End(TrainingRunState.Done);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Single(app.Trainer.Orders);

        await ApplyAsync(app, "- { name: begin, on: start, do: train }\n  - { name: other, on: http, do: train }");
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal(2, app.Trainer.Orders.Count);
    }

    [Fact]
    public async Task A_threshold_on_a_metric_rolls_back_when_it_is_crossed_and_not_again_until_it_was_not()
    {
        await using var app = await TestApp.StartAsync(_folder, Token, settings => settings.RewardThreshold = 0);
        await ServeAsync(app, "good-1", "bad-2");
        await ApplyAsync(app, "- { name: unloved, on: metric, when: reward.mean(5m) < 0.5, do: rollback }");
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("bad-2", await StableAsync(app));

        await SayAsync(app, "bad-2", 0.1, "a");
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("good-1", await StableAsync(app));
        Assert.Contains("reward.mean(5m) < 0.5 holds.", (await app.Get<RoutingStore>().ReadAsync(Token)).History[^1].Reason, StringComparison.Ordinal);

        // It holds no longer for the version that serves now; a new crossing is a new alarm.
        await app.FireAsync("WatchDeployment", Token);
        await app.Get<RoutingStore>().UpdateAsync(table => table.Promote("new-3", "test", app.Clock.GetUtcNow()), Token);
        await SayAsync(app, "new-3", 0.1, "b");
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("good-1", await StableAsync(app));
    }

    [Fact]
    public async Task An_event_sets_its_sensors_off_once_and_earlier_events_do_not()
    {
        await using var app = await TestApp.StartAsync(_folder, Token);
        await ServeAsync(app, "old-1");
        await ApplyAsync(app, "- { name: after, on: event, event: model.promoted, do: train }");
        await app.FireAsync("WatchDeployment", Token);
        Assert.Empty(app.Trainer.Orders);

        app.Clock.Ahead += TimeSpan.FromMinutes(1);
        await ServeAsync(app, "new-2");
        await app.FireAsync("WatchDeployment", Token);
        await app.FireAsync("WatchDeployment", Token);

        Assert.Single(app.Trainer.Orders);
    }

    [Fact]
    public async Task A_sensor_on_http_goes_off_when_it_is_called()
    {
        await using var app = await TestApp.StartAsync(_folder, Token);
        await ApplyAsync(app, "- { name: again, on: http, do: train, force: true }\n  - { name: begin, on: start, do: train }");

        using var called = await app.Http.PostAsync("/api/sensors/again", null, Token);
        using var unknown = await app.Http.PostAsync("/api/sensors/begin", null, Token);

        Assert.Equal(HttpStatusCode.Accepted, called.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.NotNull(Assert.Single(app.Trainer.Orders).Seed);
    }

    [Fact]
    public async Task The_best_of_several_is_chosen_when_all_are_trained()
    {
        await using var app = await TestApp.StartAsync(_folder, Token);
        var corpus = await TestModels.WritePostsAsync(app.Store, 4, Token);
        await app.Get<DeploymentStore>().WriteAsync(
            ManifestFile.Parse("format: 1\ncorpus: { blog: x }\nrollout: { strategy: best, of: 2 }\n", "d.yaml"), Token);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Empty(app.Trainer.Orders);

        await TestModels.PublishAsync(app.Store, TestModels.Manifest("one-1", corpus.Id), Token);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal(2, Assert.Single(app.Trainer.Orders).Seed);

        app.Trainer.End(TrainingRunState.Done);
        await TestModels.PublishAsync(app.Store, TestModels.Manifest("two-2", corpus.Id), Token);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Single(app.Trainer.Orders);
    }

    [Fact]
    public async Task A_route_that_is_not_there_is_told_with_those_there_are()
    {
        await using var app = await TestApp.StartAsync(_folder, Token);
        await app.Get<DeploymentStore>().WriteAsync(ManifestFile.Parse("format: 1\ncorpus: { blog: x }\nroutes: { write: { function: sample, defaults: { temperature: -1 } } }\n", "d.yaml"), Token);

        using var unknown = await app.Http.GetAsync("/api/to/draw", Token);
        using var known = await app.Http.GetAsync("/api/to/write", Token);
        using var posted = await app.Http.PostAsJsonAsync("/api/to/write", new { lenght = 3 }, Token);

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("there are write", await unknown.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        // Nothing serves here; that it is said so shows that the sample function was asked.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, known.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, posted.StatusCode);
        Assert.Contains("lenght", await posted.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deployment_changes_the_settings_that_it_names_and_no_others()
    {
        var settings = new PipelineSettings { Store = "x", Candidates = 9, Preset = "small" };
        DeploymentSettings.Apply(settings, ManifestFile.Parse(
            "format: 1\ncorpus: { blog: x, format: markdown }\nbase: models/a\ntraining: { preset: tiny, overrides: { steps: 5 } }\ngates: { forbiddenWords: [a, b c] }\nrollout: { strategy: canary, weights: { stable: 70, candidate: 30 } }\nsensors:\n  - { name: a, on: start, do: train }\n",
            "d.yaml"));

        Assert.Equal(("markdown", "tiny", "a,b c", "canary", 30, 9, "0 * * * * *"), (settings.Format, settings.Preset, settings.ForbiddenWords, settings.Rollout, settings.CanaryWeight, settings.Candidates, settings.WatchSchedule));
        var changes = new TrainingRequest().WithDeployment(settings).Changes().ToDictionary(change => change.Name, change => change.Value);
        Assert.Equal(("models/a", "tiny", "5"), (changes["base"], changes["preset"], changes["steps"]));
    }

    private static Task ApplyAsync(TestApp app, string sensors) =>
        app.Get<DeploymentStore>().WriteAsync(ManifestFile.Parse($"format: 1\ncorpus: {{ blog: x }}\nsensors:\n  {sensors}\n", "d.yaml"), Token);

    private static async Task ServeAsync(TestApp app, params string[] versions)
    {
        foreach (var version in versions)
        {
            await TestModels.ServeAsync(app.Store, TestModels.Manifest(version, perplexity: null), app.Clock.GetUtcNow(), Token);
        }
    }

    private static Task SayAsync(TestApp app, string version, double reward, string id) =>
        app.Get<FeedbackStore>().WriteAsync(new() { Id = id, Reward = reward, Time = app.Clock.GetUtcNow(), Version = version }, Token);

    private static async Task<string?> StableAsync(TestApp app) => (await app.Get<RoutingStore>().ReadAsync(Token)).Stable;
}
