using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.StartTraining;

public sealed class StartTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_first_corpus_is_trained_on_once_and_an_empty_one_never()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Empty(app.Trainer.Orders);
        await TestModels.WritePostsAsync(app.Store, 3, Token);
        await app.FireAsync("StartTraining", Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Single(app.Trainer.Orders);
    }

    [Fact]
    public async Task It_waits_until_the_blog_has_been_quiet()
    {
        await using var app = await TestApp.StartAsync(folder, Token, settings => settings.QuietMinutes = 10);
        await TestModels.WritePostsAsync(app.Store, 3, Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Empty(app.Trainer.Orders);
        app.Clock.Ahead = TimeSpan.FromMinutes(11);
        await app.FireAsync("StartTraining", Token);
        Assert.Single(app.Trainer.Orders);
    }

    [Theory]
    [InlineData(1, 100, 0)]
    [InlineData(3, 100, 1)]
    public async Task A_known_corpus_is_trained_on_again_when_two_hundredths_of_its_tokens_are_new(int changed, int posts, int expected)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var corpus = await TestModels.WritePostsAsync(app.Store, posts, Token);
        await Pipeline.Corpus.CorpusFiles.WriteAsync(corpus, app.Store, Token);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v1", corpus.Id), DateTimeOffset.UnixEpoch, Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Empty(app.Trainer.Orders);

        await TestModels.WritePostsAsync(app.Store, changed, Token, number => TestModels.Text(1000 + number));
        await app.FireAsync("StartTraining", Token);
        Assert.Equal(expected, app.Trainer.Orders.Count);
    }

    [Fact]
    public async Task The_corpus_is_built_only_when_a_document_has_changed_in_this_process_or_an_earlier_one()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await TestModels.WritePostsAsync(app.Store, 5, Token);
        var watch = app.Get<CorpusWatch>();
        var first = Assert.IsType<CorpusState.Changed>(await watch.LookAsync(Token));
        Assert.Equal(first, await watch.LookAsync(Token));
        Assert.Equal(1, watch.Built);

        await using var next = await TestApp.StartAsync(folder, Token);
        Assert.Equal(first, await next.Get<CorpusWatch>().LookAsync(Token));
        Assert.Equal(0, next.Get<CorpusWatch>().Built);

        await TestModels.WritePostsAsync(app.Store, 6, Token);
        Assert.NotEqual(first.Id, Assert.IsType<CorpusState.Changed>(await watch.LookAsync(Token)).Id);
    }

    [Fact]
    public async Task Two_processes_never_train_at_once()
    {
        await using var first = await TestApp.StartAsync(folder, Token);
        await using var second = await TestApp.StartAsync(folder, Token);
        await TestModels.WritePostsAsync(first.Store, 3, Token);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => (number % 2 == 0 ? first : second).FireAsync("StartTraining", Token)));
        Assert.Single(first.Trainer.Orders.Concat(second.Trainer.Orders));
    }

    [Fact]
    public async Task An_order_by_hand_gives_the_runs_id_and_a_second_is_refused_until_the_first_has_ended()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (status, answer) = await app.Http.PostJsonAsync("/api/train", """{"force":true,"preset":"tiny","seed":7,"overrides":{"learningRate":0.001}}""", Token);
        Assert.Equal((202, "run-1"), (status, answer.GetProperty("id").GetString()));
        var order = Assert.Single(app.Trainer.Orders);
        Assert.Equal((true, "tiny", 7, 0.001), (order.Force, order.Preset, order.Seed, order.Overrides!["learningRate"]));
        Assert.Equal(409, (await app.Http.PostJsonAsync("/api/train", "{}", Token)).Status);

        app.Trainer.End(TrainingRunState.Done);
        Assert.Equal(202, (await app.Http.PostJsonAsync("/api/train", "{}", Token)).Status);
        Assert.Equal(2, app.Trainer.Orders.Count);
    }

    [Fact]
    public async Task A_lease_whose_holder_is_gone_or_silent_is_free()
    {
        var clock = new SettableClock();
        var store = new FolderBlobStore(folder.Sub("store"), TimeProvider.System);
        var lease = new TrainingLease(store, clock);
        Assert.Null(await lease.TakeAsync("one", own: null, Token));
        Assert.Equal("one", (await lease.TakeAsync("two", own: null, Token))!.Run);
        clock.Ahead = TrainingLease.Length - TimeSpan.FromSeconds(10);
        Assert.True(await lease.RenewAsync("one", Token));
        clock.Ahead = TrainingLease.Length + TimeSpan.FromSeconds(10);
        Assert.Equal("one", (await lease.TakeAsync("two", own: null, Token))!.Run);
        clock.Ahead = 2 * TrainingLease.Length;
        Assert.Null(await lease.TakeAsync("two", own: null, Token));
        Assert.False(await lease.RenewAsync("one", Token));
        Assert.False(await lease.ReleaseAsync("one", Token));

        var self = Holder.Self();
        Assert.False(self.IsGone());
        Assert.True((self with { Started = self.Started.AddHours(-1) }).IsGone());
        Assert.False((self with { Machine = "another", Process = int.MaxValue }).IsGone());
    }
}
