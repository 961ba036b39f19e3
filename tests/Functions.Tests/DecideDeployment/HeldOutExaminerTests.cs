using Pipeline.Corpus;
using Pipeline.Registry;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.DecideDeployment;

/// <summary>Versions of different corpora are compared by running both over the posts that the candidate's corpus holds out.</summary>
public sealed class HeldOutExaminerTests(RealModel model) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Both_perplexities_are_those_of_going_through_the_posts_token_by_token()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (stable, candidate, corpus) = await PrepareAsync(app);

        var (comparison, fault) = await app.Get<IDeploymentExaminer>().ExamineAsync(candidate, stable, Token);

        Assert.Null(fault);
        var texts = await TextsAsync(app, corpus);
        var (mine, theirs) = (model.Score(2, texts), model.Score(1, texts));
        Assert.Equal(Math.Exp(mine.Nats / mine.Tokens), comparison!.Candidate, 1e-3 * comparison.Candidate);
        Assert.Equal(Math.Exp(theirs.Nats / mine.Tokens), comparison.Stable, 1e-3 * comparison.Stable);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task The_better_model_takes_over_and_the_worse_one_does_not_whatever_their_manifests_say(int serving, int coming)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (_, candidate, corpus) = await PrepareAsync(app, serving, coming);
        var texts = await TextsAsync(app, corpus);
        var (mine, theirs) = (model.Score(coming, texts), model.Score(serving, texts));
        var better = Math.Exp((mine.Nats - theirs.Nats) / mine.Tokens) <= 1.02;

        var decision = await app.Get<DeploymentDecider>().DecideAsync(candidate.Version, Token);

        Assert.Equal(better, decision is DeploymentDecision.Promoted);
        Assert.Equal(better ? "v2" : "v1", (await new RoutingStore(app.Store).ReadAsync(Token)).Stable);
        // One of the two cases is the other one turned round.
        Assert.NotEqual(better, Math.Exp((theirs.Nats - mine.Nats) / theirs.Tokens) <= 1.02);
    }

    [Fact]
    public async Task A_candidate_that_cannot_be_loaded_is_unfit_and_a_stable_one_that_cannot_leaves_it_to_the_manifests()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var (stable, candidate, _) = await PrepareAsync(app);
        var broken = await TestModels.PublishAsync(app.Store, TestModels.Manifest("v3", candidate.CorpusId), Token);

        var unfit = await app.Get<IDeploymentExaminer>().ExamineAsync(broken, stable, Token);
        var unknown = await app.Get<IDeploymentExaminer>().ExamineAsync(candidate, broken, Token);

        Assert.Null(unfit.Comparison);
        Assert.StartsWith("It cannot be loaded", unfit.Fault, StringComparison.Ordinal);
        Assert.Equal((null, null), unknown);
    }

    private static async Task<List<string>> TextsAsync(TestApp app, TrainingCorpus corpus) =>
        await CorpusFiles.ReadLinesAsync(app.Store, corpus.Id, CorpusFiles.ValidationFile, Token).Select(line => line.Text.Length <= 400 ? line.Text : line.Text[..400]).Reverse().Take(10).ToListAsync(Token);

    private async Task<(ModelManifest Stable, ModelManifest Candidate, TrainingCorpus Corpus)> PrepareAsync(TestApp app, int serving = 1, int coming = 2)
    {
        var corpus = await TestModels.WritePostsAsync(app.Store, 30, Token);
        await CorpusFiles.WriteAsync(corpus, app.Store, Token);
        Assert.True(corpus.Validation.Count >= 3);
        var stable = await model.PublishAsync(app.Store, serving, "v1", "00112233aabbccdd", Token, perplexity: 20);
        await new RoutingStore(app.Store).UpdateAsync(table => table.Promote("v1", "test", app.Clock.GetUtcNow()), Token);
        return (stable, await model.PublishAsync(app.Store, coming, "v2", corpus.Id, Token, perplexity: 20), corpus);
    }
}
