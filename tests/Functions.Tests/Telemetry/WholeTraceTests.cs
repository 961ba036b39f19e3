using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.Testing.GitHub;

namespace Pipeline.Functions.Tests.Telemetry;

/// <summary>
/// One trace from a post's blob to the pull request: the published app, the trainer job as its child process, and a GitHub whose every call
/// prism checks. The test is the host: it hands on what the store has, with the metadata that is on it.
/// </summary>
public sealed class WholeTraceTests(PublishedApp app) : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Pushed = "b7ad6b7169203331";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FolderBlobStore Store => new(folder.Sub("store"), TimeProvider.System);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_post_its_training_its_model_and_the_pull_request_are_one_trace()
    {
        await using var github = await InTestGitHub.StartAsync(Token);
        await using var collector = await OtlpReceiver.StartAsync(Token);
        var settings = SettingsFor(github);
        var store = Store;
        using (var before = await HandlerProcess.StartAsync(app, settings, Token))
        {
            // The blog as it was: nothing of it belongs to the trace.
            var sample = Path.Combine(ProjectFolders.Root, "tests", "SampleBlog");
            foreach (var file in Directory.EnumerateFiles(Path.Combine(sample, "_posts")).Order(StringComparer.Ordinal))
            {
                var name = "_posts/" + Path.GetFileName(file);
                await store.WriteAsync(new(Containers.Posts, name), await File.ReadAllBytesAsync(file, Token), BlobCondition.None, Token);
                await HandOnAsync(before, "ConvertPost", new(Containers.Posts, name));
            }

            await before.StopAsync(Token);
        }

        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        using (var handler = await HandlerProcess.StartAsync(app, settings, Token))
        {
            var post = new BlobName(Containers.Posts, "_posts/2026-03-03-pushed.md");
            using var text = new MemoryStream("---\ntitle: Pushed\n---\nA post that came by a push, and with it a trace.\n"u8.ToArray());
            await store.WriteAsync(post, text, BlobCondition.None, new Dictionary<string, string> { [TraceContext.Key] = $"00-{Trace}-{Pushed}-01" }, Token);
            await HandOnAsync(handler, "ConvertPost", post);
            await TickAsync(handler, "StartTraining");
            await HandOnAsync(handler, "DecideDeployment", await ManifestAsync(store, collector));
            await TickAsync(handler, "PublishPost");
            var ended = await handler.StopAsync(Token);
            Assert.True(github.Server.PullRequests.Count == 1, ended.ToString());
        }

        var spans = collector.Spans;
        var own = spans.Where(span => span.Trace == Trace).ToList();
        Assert.Superset(
            new HashSet<string> { "ConvertPost", "StartTraining run", "train", "train: prepare", "train: steps", "train: finish", "DecideDeployment", "PublishPost post" },
            own.Select(span => span.Name).ToHashSet());
        Assert.Equal(["pipeline", "pipeline-trainer"], own.Select(span => span.Service).Distinct().Order());
        var calls = own.Where(span => span.Attributes.GetValueOrDefault("http.request.method") == "POST").Select(span => span.Attributes["url.full"]);
        Assert.Single(calls, url => url.EndsWith("/repos/ann/blog/pulls", StringComparison.Ordinal));

        // One tree, whose root is what pushed the post.
        var known = own.Select(span => span.Id).Append(Pushed).ToHashSet();
        Assert.All(own, span => Assert.Contains(span.Parent, known));
        Assert.Equal(Pushed, own.Single(span => span.Name == "ConvertPost").Parent);
        Assert.Equal(own.Single(span => span.Name == "ConvertPost").Id, own.Single(span => span.Name == "StartTraining run").Parent);
        Assert.Equal(own.Single(span => span.Name == "StartTraining run").Id, own.Single(span => span.Name == "train").Parent);

        // A timer cannot know what it will find: its tick is no part of the trace, but what it found is linked to it. Nothing else was sent.
        var ticks = spans.Where(span => span.Trace != Trace).ToList();
        Assert.Equal(["PublishPost", "StartTraining"], ticks.Select(span => span.Name).Order());
        Assert.All(ticks, tick => Assert.Single(own, span => span.Links.Contains(tick.Id)));
    }

    private Dictionary<string, string?> SettingsFor(InTestGitHub github)
    {
        var settings = PublishedApp.Settings(folder.Sub("store"));
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["PIPELINE_TRAINER_JOB"] = Programs.TrainerJob,
            ["PIPELINE_PRESET"] = "tiny",
            ["PIPELINE_QUIET_MINUTES"] = "0",
            ["PIPELINE_GATES"] = "report",
            ["PIPELINE_CANDIDATES"] = "1",
            ["PIPELINE_LENGTH"] = "60",
            ["PIPELINE_GITHUB_REPOSITORY"] = "ann/blog",
            ["PIPELINE_GITHUB_TOKEN"] = GitHubServer.Token,
            ["PIPELINE_GITHUB_API"] = github.Address.AbsoluteUri,
            ["OTEL_SERVICE_NAME"] = null,
            ["TRACEPARENT"] = null,
        })
        {
            settings[name] = value;
        }

        return settings;
    }

    // What the job wrote last, once the job has told the collector how it went.
    private static async Task<BlobName> ManifestAsync(FolderBlobStore store, OtlpReceiver collector)
    {
        while (collector.Spans.FirstOrDefault(span => span.Name == "train") is not { } job || Assert.Single(job.Attributes, tag => tag.Key == "pipeline.status").Value != "Finished")
        {
            await Task.Delay(100, Token);
        }

        return ModelStore.BlobOf(await new ModelStore(store).ListAsync(Token).SingleAsync(Token), ModelManifest.FileName);
    }

    // A blob's event as the host makes it: its bytes and its metadata.
    private async Task HandOnAsync(HandlerProcess handler, string function, BlobName blob)
    {
        var definition = (await app.FunctionsAsync(Token)).Single(known => known.Name == function);
        var (bytes, entry) = (await Store.ReadAsync(blob, Token))!.Value;
        var name = definition.Trigger.Path!.Contains("{version}", StringComparison.Ordinal) ? blob.Path.Split('/')[0] : blob.Path;
        var payload = Payloads.Blob(definition, name, bytes, wrapped: true);
        payload["Metadata"]!["Metadata"] = new System.Text.Json.Nodes.JsonObject([.. entry.Metadata.Select(pair => KeyValuePair.Create<string, System.Text.Json.Nodes.JsonNode?>(pair.Key, pair.Value))]);
        (await handler.InvokeAsync(function, payload.ToJsonString(), Token)).Outputs();
    }

    private async Task TickAsync(HandlerProcess handler, string timer)
    {
        var definition = (await app.FunctionsAsync(Token)).Single(known => known.Name == timer);
        (await handler.InvokeAsync(timer, Payloads.Timer(definition, wrapped: true).ToJsonString(), Token)).Outputs();
    }
}
