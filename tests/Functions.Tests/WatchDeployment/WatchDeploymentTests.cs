using Pipeline.Feedback;
using Pipeline.Registry;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.WatchDeployment;

/// <summary>What becomes of a version in service when its texts are liked, not liked, or of another time.</summary>
public sealed class WatchDeploymentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_low_mean_reward_brings_the_last_good_version_back()
    {
        await using var app = await StartAsync();
        await SayAsync(app, "v2", rewards: [0.4, 0.5, 0.3, 0.6, 0.5]);
        await app.FireAsync("WatchDeployment", Token);
        var table = await ReadAsync(app);
        Assert.Equal("v1", table.Stable);
        Assert.Equal(RoutingChangeKind.RolledBack, table.History[^1].Change);
        Assert.Contains("0.46", table.History[^1].Reason, StringComparison.Ordinal);
        // What was said of the version that went is not held against the one that came.
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("v1", (await ReadAsync(app)).Stable);
    }

    [Theory]
    [InlineData(new double[] { 0.4, 0.5, 0.3, 0.6 })]
    [InlineData(new double[] { 0.5, 0.5, 0.5, 0.5, 0.5 })]
    [InlineData(new double[] { 1, 1, 1, 0, 0 })]
    public async Task Too_few_words_or_good_ones_change_nothing(double[] rewards)
    {
        await using var app = await StartAsync();
        await SayAsync(app, "v2", rewards);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("v2", (await ReadAsync(app)).Stable);
    }

    [Fact]
    public async Task Old_words_and_words_on_other_versions_do_not_count()
    {
        await using var app = await StartAsync();
        await SayAsync(app, "v1", [0, 0, 0, 0, 0]);
        await SayAsync(app, "v2", [0, 0, 0, 0, 0], age: TimeSpan.FromDays(8));
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("v2", (await ReadAsync(app)).Stable);
    }

    [Theory]
    [InlineData("closed closed closed closed closed", "v1")]
    [InlineData("merged closed closed closed closed closed", "v1")]
    [InlineData("closed closed closed closed merged", "v2")]
    [InlineData("closed closed closed closed", "v2")]
    public async Task Five_pull_requests_closed_in_a_row_bring_the_last_good_version_back(string outcomes, string expected)
    {
        await using var app = await StartAsync(settings => settings.RewardThreshold = 0);
        var number = 0;
        foreach (var outcome in outcomes.Split(' '))
        {
            await new FeedbackStore(app.Store).WriteAsync(
                new() { Id = $"pr-{++number}", Version = "v2", Source = "pull-request", Outcome = outcome, Reward = outcome == "merged" ? 1 : 0, Time = app.Clock.GetUtcNow().AddMinutes(number - 60) }, Token);
        }

        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal(expected, (await ReadAsync(app)).Stable);
    }

    [Fact]
    public async Task A_pinned_version_stays_whatever_is_said()
    {
        await using var app = await StartAsync();
        await new RoutingStore(app.Store).UpdateAsync(table => table.Pin("v2", "mine", DateTimeOffset.UnixEpoch), Token);
        await SayAsync(app, "v2", [0, 0, 0, 0, 0]);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal("v2", (await ReadAsync(app)).Stable);
    }

    [Fact]
    public async Task An_alarm_starts_training_if_the_corpus_has_changed()
    {
        await using var app = await StartAsync();
        await SayAsync(app, "v2", [0, 0, 0, 0, 0]);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Empty(app.Trainer.Orders);

        await TestModels.WritePostsAsync(app.Store, 3, Token);
        await new RoutingStore(app.Store).UpdateAsync(table => table.Promote("v2", "again", app.Clock.GetUtcNow().AddDays(-2)), Token);
        await app.FireAsync("WatchDeployment", Token);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Single(app.Trainer.Orders);
    }

    [Fact]
    public async Task A_trial_takes_over_when_its_time_is_up_and_nothing_speaks_against_it()
    {
        await using var app = await StartAsync();
        await ShareAsync(app, 10);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal(("v2", "v3"), ((await ReadAsync(app)).Stable, (await ReadAsync(app)).Candidate));
        app.Clock.Ahead = TimeSpan.FromHours(25);
        await app.FireAsync("WatchDeployment", Token);
        Assert.Equal(("v3", null), ((await ReadAsync(app)).Stable, (await ReadAsync(app)).Candidate));
    }

    [Fact]
    public async Task A_trial_that_is_liked_less_than_what_serves_ends()
    {
        await using var app = await StartAsync();
        await ShareAsync(app, 10);
        await SayAsync(app, "v2", [0.9, 0.9, 0.9, 0.9, 0.9]);
        await SayAsync(app, "v3", [0.7, 0.7, 0.7, 0.7, 0.7]);
        await app.FireAsync("WatchDeployment", Token);
        var table = await ReadAsync(app);
        Assert.Equal(("v2", null), (table.Stable, table.Candidate));
        Assert.Equal([new KeyValuePair<string, int>("v2", 100)], table.Weights);
        Assert.Equal((RoutingChangeKind.Refused, "v3"), (table.History[^1].Change, table.History[^1].Version));
    }

    private static Task<RoutingTable> ReadAsync(TestApp app) => new RoutingStore(app.Store).ReadAsync(Token);

    private static async Task ShareAsync(TestApp app, int hundredths)
    {
        await TestModels.PublishAsync(app.Store, TestModels.Manifest("v3"), Token);
        await new RoutingStore(app.Store).UpdateAsync(table => table.Share("v3", hundredths, "try", app.Clock.GetUtcNow().AddMinutes(-30)), Token);
    }

    private static async Task SayAsync(TestApp app, string version, double[] rewards, TimeSpan age = default)
    {
        for (var number = 0; number < rewards.Length; number++)
        {
            await new FeedbackStore(app.Store).WriteAsync(
                new() { Id = $"{version}-{number}", Version = version, Reward = rewards[number], Time = app.Clock.GetUtcNow() - age - TimeSpan.FromMinutes(number) }, Token);
        }
    }

    private async Task<TestApp> StartAsync(Action<PipelineSettings>? configure = null)
    {
        var app = await TestApp.StartAsync(folder, Token, configure);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v1"), app.Clock.GetUtcNow().AddDays(-20), Token);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v2"), app.Clock.GetUtcNow().AddDays(-10), Token);
        return app;
    }
}
