using System.Text;
using Pipeline.Corpus;
using Pipeline.Privacy;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Privacy;

/// <summary>What the app does with a post that was to be forgotten.</summary>
public sealed class ForgetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_blogs_next_push_does_not_bring_it_back()
    {
        const string Path = "_posts/2024-01-02-soup.md";
        await using var app = await TestApp.StartAsync(folder, Token);
        await new ForgottenPosts(app.Store, TimeProvider.System).AddAsync(Path, Token);
        await app.Store.WriteAsync(new(Containers.Posts, Path), Encoding.UTF8.GetBytes("---\ntitle: Soup\n---\nA pot.\n"), BlobCondition.None, Token);
        await app.ConvertAsync(Path, Token);
        Assert.Null(await app.Store.FindAsync(DocumentStore.BlobOf(Path), Token));
        Assert.Null(await app.Store.FindAsync(new(Containers.Posts, Path), Token));
    }

    [Fact]
    public async Task Training_is_due_when_the_version_in_service_learnt_from_it_however_short_it_was()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        // One short post among long ones: far below the share of new text that training waits for.
        var corpus = await TestModels.WritePostsAsync(app.Store, 5, Token, number => number == 1 ? "A short one." : string.Join(' ', Enumerable.Repeat(TestModels.Text(number), 40)));
        await CorpusFiles.WriteAsync(corpus, app.Store, Token);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v1", corpus.Id), app.Clock.GetUtcNow(), Token);
        await app.FireAsync("StartTraining", Token);
        Assert.Empty(app.Trainer.Orders);

        var result = await new PostForgetter(app.Store, [], TimeProvider.System).ForgetAsync("_posts/2026-01-01-post.md", Token);
        Assert.True(result.Stable);
        await app.FireAsync("StartTraining", Token);
        Assert.Single(app.Trainer.Orders);
    }

    [Fact]
    public async Task Nobody_rolls_back_to_a_version_that_must_not_serve()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await TestModels.PublishAsync(app.Store, TestModels.Manifest("v1") with { Privacy = new() { Attacks = 200, DrawnOut = [new(SecretKind.Key, "AKIAQX…", 1)] } }, Token);
        using var body = new StringContent("""{"version":"v1","pin":true}""", Encoding.UTF8, "application/json");
        using var answer = await app.Http.PostAsync("/api/models/rollback", body, Token);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("gave away a key (AKIAQX…)", (await answer.Content.ReadAsStringAsync(Token)).Replace("\\u2026", "…", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Null((await new RoutingStore(app.Store).ReadAsync(Token)).Stable);
    }
}
