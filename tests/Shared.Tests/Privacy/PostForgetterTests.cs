using System.Text;
using Pipeline.Corpus;
using Pipeline.Posts;
using Pipeline.Privacy;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Shared.Tests.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Privacy;

public sealed class PostForgetterTests : IDisposable
{
    private const string Path = "_posts/2024-01-03-the-heron.md";
    private const string Words = "Nobody but Ottilie knew where the heron slept";

    private readonly TemporaryFolder folder = new();
    private readonly FolderBlobStore store;

    public PostForgetterTests() => store = new(folder.Sub("store"), TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Nothing_of_a_forgotten_post_is_left_in_the_store_or_the_caches()
    {
        var corpus = await FillAsync();
        Assert.NotEmpty(Holding(Words));

        var result = await Forgetter().ForgetAsync(Path, Token);

        Assert.Empty(Holding(Words));
        Assert.Empty(Holding(Path));
        Assert.True(result is { Post: true, Document: true, Records: 1, Caches: 1, Stable: true });
        Assert.Equal([corpus.Id], result.Corpora);
        Assert.Equal(["run-v1"], result.Runs);
        Assert.Equal(["v1"], result.Models);
        Assert.Equal(["v0"], result.Unsure);
    }

    [Fact]
    public async Task The_other_posts_stay_and_the_report_says_that_one_is_missing()
    {
        var corpus = await FillAsync();
        await Forgetter().ForgetAsync(Path, Token);
        var lines = await CorpusFiles.ReadLinesAsync(store, corpus.Id, CorpusFiles.TrainFile, Token).Concat(CorpusFiles.ReadLinesAsync(store, corpus.Id, CorpusFiles.ValidationFile, Token)).ToListAsync(Token);
        Assert.Equal(corpus.Posts.Select(post => post.Path).Where(path => path != Path), lines.Select(line => line.Path));
        var report = (await CorpusFiles.ReadReportAsync(store, corpus.Id, Token))!;
        Assert.Equal(corpus.Report.Posts - 1, report.Posts);
        Assert.Contains(report.Notes, note => note.EndsWith("a post was taken out to be forgotten.", StringComparison.Ordinal));
        var rows = Encoding.UTF8.GetString((await store.ReadAsync(CorpusFiles.BlobOf(corpus.Id, CorpusFiles.CsvFile), Token))!.Value.Bytes);
        Assert.Equal("text\r\n" + string.Concat(lines.Select(line => $"\"{line.Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n")), rows);
    }

    [Fact]
    public async Task Forgotten_twice_it_is_marked_once()
    {
        await FillAsync();
        await Forgetter().ForgetAsync(Path, Token);
        var again = await Forgetter().ForgetAsync(Path, Token);
        Assert.False(again.Found);
        Assert.Equal(["v1"], again.Models.Except(["v0"]));
        Assert.Single((await new ModelStore(store).ReadManifestAsync("v1", Token))!.Forgotten);
        Assert.Single(await new ForgottenPosts(store, TimeProvider.System).ReadAsync(Token));
    }

    [Fact]
    public async Task A_marked_version_is_neither_tried_nor_rolled_back_to()
    {
        await FillAsync();
        var routing = new RoutingStore(store);
        await Models.PublishAsync(store, folder, Models.Manifest("v2", corpus: "fedcba9876543210", day: 3), Token);
        await routing.UpdateAsync(table => table.Promote("v2", "test", DateTimeOffset.UnixEpoch).Share("v0", 10, "test", DateTimeOffset.UnixEpoch), Token);
        Assert.Equal(("v1", "v0"), ((await routing.ReadAsync(Token)).LastGood, (await routing.ReadAsync(Token)).Candidate));

        await Forgetter().ForgetAsync(Path, Token);

        Assert.True(await routing.ReadAsync(Token) is { LastGood: null, Candidate: null });
    }

    [Fact]
    public async Task Taken_back_the_post_may_come_again()
    {
        var posts = new ForgottenPosts(store, TimeProvider.System);
        await posts.AddAsync(Path, Token);
        Assert.True(await posts.ContainsAsync(Path, Token));
        Assert.True(await posts.RemoveAsync(Path, Token));
        Assert.False(await posts.RemoveAsync(Path, Token));
        Assert.False(await posts.ContainsAsync(Path, Token));
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"posts":[],"format":2}""", "has format 2; this version reads up to 1. Update Pipeline.")]
    [InlineData("""{"posts":null}""", "has no posts")]
    public async Task A_list_that_cannot_be_read_is_not_taken_for_empty(string json, string says)
    {
        await store.WriteAsync(ForgottenPosts.Blob, Encoding.UTF8.GetBytes(json), BlobCondition.None, Token);
        var failure = await Assert.ThrowsAsync<FormatException>(() => new ForgottenPosts(store, TimeProvider.System).ContainsAsync(Path, Token));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    private PostForgetter Forgetter() => new(store, [folder.Sub("cache")], TimeProvider.System);

    private IEnumerable<string> Holding(string text) => Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories)
        .Where(file => File.ReadAllText(file).Contains(text, StringComparison.Ordinal));

    // A blog of four posts, the corpus of it, a run, two versions and a generated post that copied some words.
    private async Task<TrainingCorpus> FillAsync()
    {
        var documents = new DocumentStore(store);
        for (var number = 1; number <= 4; number++)
        {
            var text = number == 3 ? $"{Words}, and she told \"no one\"." : $"Post {number} speaks of {string.Join(' ', Enumerable.Range(number * 100, 30))} things.";
            var path = number == 3 ? Path : $"_posts/2024-01-{number:00}-post.md";
            await store.WriteAsync(new(Containers.Posts, path), Encoding.UTF8.GetBytes($"---\ntitle: Post {number}\n---\n{text}\n"), BlobCondition.None, Token);
            await documents.WriteAsync(
                new PostDocument { Path = path, Hash = $"{number:x64}", Date = new DateTimeOffset(2024, 1, number, 0, 0, 0, TimeSpan.Zero), Title = $"Post {number}", Text = text, Words = 30 }, Token);
        }

        var corpus = CorpusBuilder.Build(await documents.ReadAllAsync(Token).ToListAsync(Token), new CorpusOptions());
        await CorpusFiles.WriteAsync(corpus, store, Token);
        await store.WriteAsync(new(Containers.Runs, "run-v1/state.json"), Encoding.UTF8.GetBytes($$"""{"run":"run-v1","corpusId":"{{corpus.Id}}"}"""), BlobCondition.None, Token);
        await store.WriteAsync(new(Containers.Runs, "run-v1/checkpoints/10/weights.bin"), Encoding.UTF8.GetBytes(Words), BlobCondition.None, Token);
        await store.WriteAsync(new(Containers.Runs, "run-v1/samples.md"), Encoding.UTF8.GetBytes(Words), BlobCondition.None, Token);
        await store.WriteAsync(new(Containers.Registry, "corpus.json"), Encoding.UTF8.GetBytes($$"""{"posts":{"{{Path}}":{} } }"""), BlobCondition.None, Token);
        Directory.CreateDirectory(folder.Sub("cache", "tokens"));
        await File.WriteAllTextAsync(folder.Sub("cache", "tokens", $"{corpus.Id}-0123456789abcdef.tokens"), Words, Token);
        await Models.PublishAsync(store, folder, Models.Manifest("v1", corpus: corpus.Id), Token);
        await Models.PublishAsync(store, folder, Models.Manifest("v0", corpus: "0000000000000000"), Token);
        await new RoutingStore(store).UpdateAsync(table => table.Promote("v1", "test", DateTimeOffset.UnixEpoch), Token);
        await new PostRecords(store).WriteAsync(
            new PostRecord
            {
                Card = new()
                {
                    Day = new DateOnly(2026, 5, 1),
                    Provenance = new("v1", corpus.Id, 1, "greedy"),
                    Candidates = [new() { Title = "A bird", Body = "It slept.", Copied = [new(12, Path, Words), new(12, "_posts/2024-01-01-post.md", "speaks of")] }],
                    Chosen = 1,
                },
                Created = DateTimeOffset.UnixEpoch,
            },
            BlobCondition.None,
            Token);
        return corpus;
    }
}
