using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Storage.Blobs;
using Pipeline.Corpus;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Functions.Training;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Faults;

/// <summary>The storage account goes away in the middle of every step of the loop and comes back: the step fails, is run again, and all is as if it had stayed.</summary>
public sealed class StorageOutageTests(RealModel model) : IDisposable
{
    private const string Secret = "the-webhook's-secret";
    private const int Posts = 12;

    private static readonly DateTimeOffset Now = new(DateTimeOffset.UtcNow.AddDays(1).Date.AddHours(9), TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Killed_in_the_middle_of_each_step_and_started_again_it_holds_what_it_would_hold_otherwise()
    {
        var counts = new Dictionary<string, int>();
        var clean = await LiveAsync("clean", new FolderBlobStore(folder.Sub("clean"), TimeProvider.System), async (name, store, step) =>
        {
            store.Calls = 0;
            Assert.True(await step(), name);
            counts[name] = store.Calls;
        });

        var azurite = await Azurite.StartAsync(folder.Sub("azurite"), port: 0, Token);
        var port = azurite.Port;
        var killed = new List<string>();
        try
        {
            // The client's own patience would only make the failure come later.
            var options = new BlobClientOptions { Retry = { MaxRetries = 1, Delay = TimeSpan.FromMilliseconds(1), Mode = RetryMode.Fixed } };
            var account = new AzureBlobStore(new BlobServiceClient(azurite.ConnectionString, options));
            var lived = await LiveAsync("killed", account, async (name, store, step) =>
            {
                (store.Calls, store.TripAt) = (0, (counts[name] + 1) / 2);
                store.Trip = () => azurite.InterruptAsync(Token);
                Assert.False(await step(), $"{name} did not notice.");
                killed.Add(name);
                store.TripAt = 0;
                azurite = await Azurite.StartAsync(folder.Sub("azurite"), port, Token);
                Assert.True(await step(), $"{name}, again");
            });

            Assert.Equal(counts.Keys, killed);
            Assert.Equal(clean, lived);
        }
        finally
        {
            await azurite.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_embedded_host_outlives_a_storage_account_that_is_away_for_a_while()
    {
        var azurite = await Azurite.StartAsync(folder.Sub("azurite"), port: 0, Token);
        try
        {
            var (port, connection) = (azurite.Port, azurite.ConnectionString);
            var settings = new PipelineSettings { Store = connection, ModelCache = folder.Sub("models"), BlogRepository = folder.Sub("blog.git") };
            await using var host = await LocalHost.StartAsync(settings, folder.Sub("host"), LogForm.Errors, RunDeadlines.None, Token);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var running = host.RunTriggersAsync(stop.Token);
            await azurite.InterruptAsync(Token);
            // Nobody is there: every look fails until it is back.
            await Assert.ThrowsAsync<BlobStoreException>(() => BlobStores.Open(connection).FindAsync(new(Containers.Posts, "a"), Token));
            Assert.False(running.IsCompleted);
            azurite = await Azurite.StartAsync(folder.Sub("azurite"), port, Token);
            var store = BlobStores.Open(connection);
            await store.WriteAsync(new(Containers.Posts, "_posts/2026-01-01-back.md"), "Back.\n"u8.ToArray(), BlobCondition.None, Token);
            while (await store.FindAsync(DocumentStore.BlobOf("_posts/2026-01-01-back.md"), Token) is null)
            {
                Assert.False(running.IsCompleted, running.Exception?.ToString());
                await Task.Delay(50, Token);
            }

            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }
        finally
        {
            await azurite.DisposeAsync();
        }
    }

    /// <summary>The whole loop once, each step through the door that the host uses; gives what is in the store at the end.</summary>
    private async Task<string> LiveAsync(string name, IBlobStore account, Func<string, TrippingStore, Func<Task<bool>>, Task> runAsync)
    {
        await DebianPackages.EnsureAsync("git", Token);
        var store = new TrippingStore(account);
        await LocalGitRepository.ImportAsync(Path.Combine(ProjectFolders.Root, "tests", "SampleBlog"), folder.Sub(name + ".git"), new ManualClock(Now), Token);
        using var work = new TemporaryFolder();
        await using var app = await TestApp.StartAsync(
            work,
            Token,
            settings =>
            {
                (settings.GitHubRepository, settings.WebhookSecret, settings.BlogRepository) = (null, Secret, folder.Sub(name + ".git"));
                (settings.Gates, settings.Candidates, settings.Length) = ("report", 1, 40);
            },
            store: store,
            clock: new ManualClock(Now));
        var settings = app.Get<PipelineSettings>();
        Func<string, Func<Task<bool>>, Task> step = (title, run) => runAsync(title, store, run);

        // The webhook needs a repository's name, and publishing none.
        settings.GitHubRepository = "ann/blog";
        await step("receive a push", () => HookAsync(app));
        settings.GitHubRepository = null;

        var functions = FunctionDefinition.ReadAll(AppContext.BaseDirectory);
        for (var number = 1; number <= Posts; number++)
        {
            await account.WriteAsync(new(Containers.Posts, PathOf(number)), Post(number), BlobCondition.None, Token);
        }

        await step("convert", async () =>
        {
            var runs = await Task.WhenAll(Enumerable.Range(1, Posts).Select(number => InvokeAsync(app, Payloads.Blob(functions.Single(function => function.Name == "ConvertPost"), PathOf(number), Post(number), wrapped: true).ToJsonString(), "ConvertPost")));
            return runs.All(succeeded => succeeded);
        });
        await step("build the corpus", async () => await SucceedsAsync(() => app.Get<CorpusWatch>().LookAsync(Token)));
        await step("start training", () => SucceedsAsync(() => app.FireAsync("StartTraining", Token)));
        Assert.Single(app.Trainer.Orders);
        app.Trainer.End(TrainingRunState.Done);

        // What the job writes, with its own tests.
        var corpus = CorpusBuilder.Build(await new DocumentStore(account).ReadAllAsync(Token).ToListAsync(Token), new CorpusOptions());
        await step("write the corpus", () => SucceedsAsync(() => CorpusFiles.WriteAsync(corpus, store, Token)));
        await step("publish a model", () => SucceedsAsync(() => model.PublishAsync(store, 1, "v1", corpus.Id, Token, created: Now)));
        await step("decide", () => DecideAsync(app, functions, account, "v1"));
        await step("write the day's post", () => SucceedsAsync(() => app.FireAsync("PublishPost", Token)));
        await step("take feedback", async () => (await app.Http.PostJsonAsync("/api/send-feedback", """{"response":{"meta":{"puid":"abc","tags":{"version":"v1"}}},"reward":0.5}""", Token)).Status == 202);
        await step("publish a second model", () => SucceedsAsync(() => model.PublishAsync(store, 2, "v2", corpus.Id, Token, created: Now)));
        await step("decide again", () => DecideAsync(app, functions, account, "v2"));
        await step("watch", () => SucceedsAsync(() => app.FireAsync("WatchDeployment", Token)));
        await step("roll back", async () => (await app.Http.PostJsonAsync("/api/models/rollback", """{"reason":"test"}""", Token)).Status is 200);
        await step("train by hand", async () => (await app.Http.PostJsonAsync("/api/train", "{}", Token)).Status == 202);
        Assert.Equal(2, app.Trainer.Orders.Count);
        return await SnapshotAsync(account, folder.Sub(name + ".git"));
    }

    private static async Task<bool> SucceedsAsync(Func<Task> run)
    {
        try
        {
            await run();
            return true;
        }
        catch (IOException)
        {
            // What the host sees as a failed run, and runs again.
            return false;
        }
    }

    private static async Task<bool> DecideAsync(TestApp app, IReadOnlyList<FunctionDefinition> functions, IBlobStore store, string version) =>
        await store.ReadAsync(ModelStore.BlobOf(version, ModelManifest.FileName), Token) is var (manifest, _)
        && await InvokeAsync(app, Payloads.Blob(functions.Single(function => function.Name == "DecideDeployment"), version, manifest, wrapped: true).ToJsonString(), "DecideDeployment");

    private static async Task<bool> InvokeAsync(TestApp app, string payload, string function)
    {
        using var answer = await app.Http.PostAsync(new Uri("/" + function, UriKind.Relative), Json.Body(payload), Token);
        return answer.IsSuccessStatusCode;
    }

    private static async Task<bool> HookAsync(TestApp app)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"ref":"refs/heads/main","before":"{{{new string('a', 40)}}}","after":"{{{new string('b', 40)}}}","repository":{"full_name":"ann/blog"},"commits":[]}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/github") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-GitHub-Event", "push");
        request.Headers.Add("X-GitHub-Delivery", "first");
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body)));
        using var answer = await app.Http.SendAsync(request, Token);
        return answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.OK;
    }

    private static string PathOf(int number) => $"_posts/2026-01-{number:00}-post.md";

    private static byte[] Post(int number) => Encoding.UTF8.GetBytes($"---\ntitle: Post {number}\ntags: [sea]\n---\n{TestModels.Text(number)}\n");

    /// <summary>Every blob's name and bytes but for what names times and versions of the store itself, and the blog's branches.</summary>
    private static async Task<string> SnapshotAsync(IBlobStore store, string blog)
    {
        var text = new StringBuilder();
        foreach (var container in new[] { Containers.Posts, Containers.Documents, Containers.Corpora, Containers.Models, Containers.Registry, Containers.Feedback, Containers.Published })
        {
            await foreach (var entry in store.ListAsync(container, "", Token))
            {
                var bytes = (await store.ReadAsync(entry.Name, Token))!.Value.Bytes;
                text.Append(entry.Name).Append(' ').AppendLine(
                    // Its fingerprint is of the store's own version marks.
                    entry.Name == CorpusWatch.Blob ? "" : bytes.Length < 20_000 ? Encoding.UTF8.GetString(bytes) : Convert.ToHexString(SHA256.HashData(bytes)));
            }
        }

        var git = await Programs.RunAsync("git", ["-C", blog, "for-each-ref"], Token);
        return text.Append(git.Output).ToString();
    }
}
