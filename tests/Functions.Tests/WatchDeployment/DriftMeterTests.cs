using Pipeline.Corpus;
using Pipeline.Functions.WatchDeployment;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.WatchDeployment;

/// <summary>A blog that moves away from what its model learnt is noticed by the model's perplexity on the newer posts.</summary>
public sealed class DriftMeterTests(RealModel model) : IDisposable
{
    private const int Old = 5;
    private const int New = 4;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    // From 1.25 times the held-out perplexity on it is drift.
    [Theory]
    [InlineData(1.24, false)]
    [InlineData(1.26, true)]
    public async Task Newer_posts_that_the_model_finds_much_less_probable_start_training(double times, bool drifts)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (nats, tokens) = model.Score(1, Enumerable.Range(Old + 1, New).Select(number => TrainingText.Format(TestModels.Post(number, TestModels.Text(number)))), mostTokens: 150);
        var perplexity = Math.Exp(nats / tokens);
        var manifest = await PrepareAsync(app, perplexity / times);

        var alarm = await app.Get<DriftMeter>().LookAsync(manifest, Token);
        await app.FireAsync("WatchDeployment", Token);

        Assert.Equal(drifts, alarm is not null);
        Assert.Equal(drifts ? 1 : 0, app.Trainer.Orders.Count);
        if (drifts)
        {
            Assert.Contains($"on {New} newer posts is {perplexity.ToString("0.#", System.Globalization.CultureInfo.InvariantCulture)},", alarm, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_training_would_learn_nothing_new_the_last_good_version_comes_back()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await PrepareAsync(app, heldOut: 1);
        // Another version has learnt from the corpus as it is now.
        var documents = await new DocumentStore(app.Store).ReadAllAsync(Token).ToListAsync(Token);
        await TestModels.PublishAsync(app.Store, TestModels.Manifest("v0", CorpusBuilder.Build(documents, new CorpusOptions()).Id), Token);
        await new RoutingStore(app.Store).UpdateAsync(table => table with { LastGood = "v0" }, Token);

        await app.FireAsync("WatchDeployment", Token);

        var table = await new RoutingStore(app.Store).ReadAsync(Token);
        Assert.Empty(app.Trainer.Orders);
        Assert.Equal(("v0", RoutingChangeKind.RolledBack), (table.Stable, table.History[^1].Change));
        Assert.Contains("newer posts", table.History[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Posts_that_it_learnt_from_and_fewer_than_three_new_ones_tell_nothing()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var manifest = await PrepareAsync(app, heldOut: 1, newPosts: 2);

        Assert.Null(await app.Get<DriftMeter>().LookAsync(manifest, Token));
    }

    private async Task<ModelManifest> PrepareAsync(TestApp app, double heldOut, int newPosts = New)
    {
        var corpus = await TestModels.WritePostsAsync(app.Store, Old, Token);
        await CorpusFiles.WriteAsync(corpus, app.Store, Token);
        var manifest = await model.PublishAsync(app.Store, 1, "v1", corpus.Id, Token, heldOut, created: app.Clock.GetUtcNow().AddHours(-1));
        await new RoutingStore(app.Store).UpdateAsync(table => table.Promote("v1", "test", app.Clock.GetUtcNow()), Token);
        var documents = new DocumentStore(app.Store);
        for (var number = Old + 1; number <= Old + newPosts; number++)
        {
            await documents.WriteAsync(TestModels.Post(number, TestModels.Text(number)), Token);
        }

        return manifest;
    }
}
