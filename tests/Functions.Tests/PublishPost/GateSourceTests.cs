using Pipeline.Corpus;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.PublishPost;

/// <summary>What a candidate of a day is compared with.</summary>
public sealed class GateSourceTests : IDisposable
{
    private static readonly DateOnly Day = new(2026, 3, 2);

    private readonly RealModel model;
    private readonly TemporaryFolder folder = new();
    private readonly FolderBlobStore store;

    public GateSourceTests(RealModel model) => (this.model, store) = (model, new(folder.Sub("store"), TimeProvider.System));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_candidate_like_a_post_of_the_corpus_a_newer_one_or_one_that_the_owner_closed_is_refused()
    {
        var corpus = await TestModels.WritePostsAsync(store, 8, Token);
        await CorpusFiles.WriteAsync(corpus, store, Token);
        await model.PublishAsync(store, 1, "v1", corpus.Id, Token);
        await new RoutingStore(store).UpdateAsync(table => table.Promote("v1", "test", DateTimeOffset.UnixEpoch), Token);
        // After the model had learnt: a post of the blog, one that nobody is to see, and a generated one that was closed.
        var documents = new DocumentStore(store);
        await documents.WriteAsync(TestModels.Post(20, TestModels.Text(20)), Token);
        await documents.WriteAsync(TestModels.Post(21, TestModels.Text(21)) with { Skipped = "private" }, Token);
        var records = new PostRecords(store);
        await records.WriteAsync(
            new()
            {
                Card = new() { Day = Day.AddDays(-9), Provenance = new("v0", "c", 1, "s"), Chosen = 1, Candidates = [new() { Title = "Closed", Body = TestModels.Text(30), Seed = 1 }] },
                Created = DateTimeOffset.UnixEpoch,
                Outcome = "closed",
            },
            BlobCondition.None,
            Token);

        using var models = new ServingModels(new(store), new(store), new ModelCache(store, folder.Sub("cache")));
        using var loan = await models.BorrowAsync(Token);
        using var source = new GateSource(store, records, new());
        var gates = await source.ForAsync(loan, Day, Token);

        Assert.Contains("_posts/2026-01-03-post.md", LikenessOf(3), StringComparison.Ordinal);
        Assert.Contains("_posts/2026-01-20-post.md", LikenessOf(20), StringComparison.Ordinal);
        Assert.Contains("(closed)", LikenessOf(30), StringComparison.Ordinal);
        Assert.Equal("", LikenessOf(21));
        Assert.Equal("", LikenessOf(40));

        string LikenessOf(int text)
        {
            var report = gates.Judge(new QualityCandidate(TestModels.Text(text), loan.Model.Tokenizer.Encode(TestModels.Text(text)), "A title"));
            return string.Join(' ', report.Figures.Select(figure => figure.Reason).OfType<string>().Where(reason => reason.StartsWith("The text is like", StringComparison.Ordinal)));
        }
    }
}
