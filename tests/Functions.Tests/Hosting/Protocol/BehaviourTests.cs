using System.Net;
using System.Text;
using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>Runs that come twice, at once, too long, or that end with the process.</summary>
public sealed class BehaviourTests(PublishedApp app) : IDisposable
{
    private const int Kill = 9;
    private const string CallersKey = "REDACT-ME-0123456789";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Dictionary<string, string?> Settings => PublishedApp.Settings(folder.Sub("store"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_same_blob_five_times_at_once_leaves_one_result()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        var convert = (await app.FunctionsAsync(Token)).Single(function => function.Name == "ConvertPost");
        const string Name = "_posts/2026-02-03-soup.md";
        var content = Write(Name, "Soup");
        var payload = Payloads.Blob(convert, Name, content, wrapped: true).ToJsonString();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => (await handler.InvokeAsync("ConvertPost", payload, Token)).Outputs()));
        var once = Snapshot();
        Assert.Equal([$"{Name}.json"], once.Keys);
        (await handler.InvokeAsync("ConvertPost", payload, Token)).Outputs();
        Assert.Equal(once, Snapshot());
    }

    [Fact]
    public async Task Killed_in_the_middle_and_redelivered_it_ends_as_if_nothing_had_happened()
    {
        var convert = (await app.FunctionsAsync(Token)).Single(function => function.Name == "ConvertPost");
        var posts = Enumerable.Range(1, 40).Select(number => $"_posts/2026-02-03-post-{number}.md").ToArray();
        var payloads = posts.Select(post => Payloads.Blob(convert, post, Write(post, "Post " + post), wrapped: true).ToJsonString()).ToArray();
        using (var handler = await HandlerProcess.StartAsync(app, Settings, Token))
        {
            var runs = payloads.Select(payload => handler.InvokeAsync("ConvertPost", payload, Token)).ToArray();
            await Task.WhenAny(runs);
            handler.Program.Signal(Kill);
            await Task.WhenAll(runs).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        // What can be seen after the kill is whole.
        foreach (var document in Snapshot().Values)
        {
            using var whole = JsonDocument.Parse(document);
        }

        using (var handler = await HandlerProcess.StartAsync(app, Settings, Token))
        {
            foreach (var payload in payloads)
            {
                (await handler.InvokeAsync("ConvertPost", payload, Token)).Outputs();
            }
        }

        Assert.Equal(posts.Select(post => post + ".json").Order(StringComparer.Ordinal), Snapshot().Keys);
    }

    [Fact]
    public async Task Runs_that_hang_keep_nothing_else_from_being_answered_and_end_at_their_own_deadline()
    {
        await using var nobody = new DeafServer(refuses: false);
        using var handler = await HandlerProcess.StartAsync(
            app, new Dictionary<string, string?>(Settings) { ["PIPELINE_STORE"] = nobody.ConnectionString, ["AzureFunctionsJobHost__functionTimeout"] = "00:00:06" }, Token);
        var functions = await app.FunctionsAsync(Token);
        var runs = Enumerable.Range(0, 20)
            .Select(number => functions[number % functions.Count])
            .Where(function => function.Name is not "Health")
            .Select(function => handler.InvokeAsync(function.Name, Payloads.For(function, wrapped: true).ToJsonString(), Token))
            .ToArray();
        while (nobody.Callers == 0)
        {
            await Task.Delay(10, Token);
        }

        Assert.True(await handler.ProbeAsync(Token));
        using var live = await handler.Http.GetAsync("/api/health/live", Token);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Contains(runs, run => !run.IsCompleted);

        var blob = functions.Single(function => function.Name == "ConvertPost");
        var late = await handler.InvokeAsync("ConvertPost", Payloads.Blob(blob, "_posts/2026-01-01-a.md", [], wrapped: true).ToJsonString(), Token);
        Assert.Equal(HttpStatusCode.InternalServerError, late.Status);
        Assert.Contains("deadline", late.Body, StringComparison.Ordinal);
        await Task.WhenAll(runs);
        Assert.True(await handler.ProbeAsync(Token));
    }

    [Fact]
    public async Task Failures_are_logged_with_their_invocation_as_json_lines_and_no_key_comes_out()
    {
        await using var refusing = new DeafServer(refuses: true);
        using var handler = await HandlerProcess.StartAsync(app, new Dictionary<string, string?>(Settings) { ["PIPELINE_STORE"] = refusing.ConnectionString }, Token);
        var convert = (await app.FunctionsAsync(Token)).Single(function => function.Name == "ConvertPost");
        var failed = await handler.InvokeAsync("ConvertPost", Payloads.Blob(convert, "_posts/2026-01-01-a.md", [], wrapped: true).ToJsonString(), Token);
        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        Assert.Contains("refused us", failed.Body, StringComparison.Ordinal);

        foreach (var function in await app.FunctionsAsync(Token))
        {
            await handler.InvokeAsync(function.Name, Payloads.For(function, wrapped: true).ToJsonString(), Token);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/sample?code={CallersKey}&title=a") { Headers = { { "x-functions-key", CallersKey } } };
        using var answer = await handler.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);

        var ended = await handler.StopAsync(Token);
        Assert.True(ended.ExitCode is not 0 and not 200, ended.ToString());
        Assert.Equal("", ended.Error);
        Assert.DoesNotContain(CallersKey, ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(DeafServer.Key, ended.Output, StringComparison.Ordinal);
        var lines = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(lines, line => Assert.All(["time", "level", "category", "message"], member => Assert.True(line.TryGetProperty(member, out _), line.ToString())));
        var cause = lines.Single(line => line.TryGetProperty("invocation", out var id) && id.GetString() == failed.Invocation);
        Assert.Equal("ConvertPost", cause.GetProperty("function").GetString());
        Assert.Contains(failed.Invocation, cause.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("refused us", cause.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    private byte[] Write(string post, string title)
    {
        var path = folder.Sub("store", "posts", post);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var content = Encoding.UTF8.GetBytes($"---\ntitle: {title}\n---\nA pot on the stove, and nothing to do but wait.\n");
        File.WriteAllBytes(path, content);
        return content;
    }

    private SortedDictionary<string, string> Snapshot()
    {
        var root = folder.Sub("store", "documents");
        return new(
            Directory.Exists(root)
                ? Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(root, path), File.ReadAllText)
                : [],
            StringComparer.Ordinal);
    }
}
