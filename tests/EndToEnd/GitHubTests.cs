using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Testing;
using Pipeline.Testing.GitHub;

namespace Pipeline.EndToEnd;

/// <summary><c>serve</c> with a blog on GitHub, from the first import to the feedback, over a GitHub whose every call and answer prism checks.</summary>
[Collection(SampleBlogRuns.Name)]
public sealed class GitHubTests(SampleBlogRuns runs)
{
    private const string Secret = "the-webhook's-secret";

    [Fact]
    public async Task A_post_goes_out_as_a_pull_request_is_drawn_anew_on_request_and_comes_back_as_feedback()
    {
        var token = TestContext.Current.CancellationToken;
        await using var github = await InTestGitHub.StartAsync(token);
        using var folder = new TemporaryFolder();
        var work = folder.Sub("work");
        runs.CopyTo(work);
        using var serve = await ServeAsync(github, work, new()
        {
            ["PIPELINE_GITHUB_WEBHOOK_SECRET"] = Secret,
            ["PIPELINE_PULL_REQUEST_REVIEWER"] = "ann",
            ["PIPELINE_GATES"] = "report",
            ["PIPELINE_CANDIDATES"] = "2",
        }, token);
        var http = serve.Http;

        // In: a push reaches the documents.
        var pushed = github.Git.Commit("main", "A new post", ("_posts/2026-02-26-pushed.md", "---\ntitle: Pushed\n---\nA post that came by a push.\n"));
        await HookAsync(http, "push", $$$"""{"ref":"refs/heads/main","before":"{{{new string('0', 40)}}}","after":"{{{pushed}}}","created":true,"repository":{"full_name":"ann/blog"},"commits":[]}""", token);
        await UntilAsync(() => File.Exists(Path.Combine(work, "store", "documents", "_posts", "2026-02-26-pushed.md.json")), token);

        // Out: twice gives one pull request a day.
        using var published = await http.PostAsync("/api/publish", null, token);
        var answer = await published.Content.ReadFromJsonAsync<JsonElement>(token);
        Assert.True(published.StatusCode == HttpStatusCode.OK, answer.ToString() + serve.Program.SoFar);
        var pull = Assert.Single(github.Server.PullRequests);
        var branch = answer.GetProperty("branch").GetString()!;
        Assert.Equal((pull.Number, pull.Head, true), (answer.GetProperty("pullRequest").GetInt32(), branch, pull.Draft));
        Assert.Contains("perplexity of the text under the model", pull.Body, StringComparison.Ordinal);
        Assert.Equal(answer.GetProperty("text").GetString(), github.Git.Run("show", $"{branch}:{answer.GetProperty("path").GetString()}") + "\n");

        // A comment writes anew on the same branch.
        var first = github.Git.Run("rev-parse", branch);
        await HookAsync(http, "issue_comment", """{"action":"created","repository":{"full_name":"ann/blog"},"issue":{"number":1,"pull_request":{}},"comment":{"id":5,"body":"/reroll","created_at":"2026-03-02T10:00:00Z","user":{"login":"ann"}}}""", token);
        await UntilAsync(() => pull.Comments.Count == 1, token);
        var tip = github.Git.Run("rev-parse", branch);
        Assert.True(tip == first || github.Git.Run("rev-parse", $"{branch}^") == first);
        Assert.Contains("candidate", pull.Comments[0], StringComparison.OrdinalIgnoreCase);

        // What became of it.
        github.Server.Merge(pull);
        await HookAsync(http, "pull_request", $$$"""{"action":"closed","repository":{"full_name":"ann/blog"},"pull_request":{"number":1,"head":{"ref":"{{{branch}}}","repo":{"full_name":"ann/blog"} } } }""", token);
        var feedback = Path.Combine(work, "store", "feedback", "pr-1.json");
        await UntilAsync(() => File.Exists(feedback), token);
        var told = JsonDocument.Parse(await File.ReadAllBytesAsync(feedback, token)).RootElement;
        Assert.Equal(1, told.GetProperty("reward").GetDouble());

        serve.Program.Signal(2);
        var ended = await serve.Program.EndAsync(token);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.DoesNotContain("planted0secret", ended.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, ended.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_no_candidate_passes_there_is_no_post_that_day_and_no_pull_request()
    {
        var token = TestContext.Current.CancellationToken;
        await using var github = await InTestGitHub.StartAsync(token);
        using var folder = new TemporaryFolder();
        var work = folder.Sub("work");
        runs.CopyTo(work);
        using var serve = await ServeAsync(github, work, new()
        {
            ["PIPELINE_CANDIDATES"] = "1",
            ["PIPELINE_LENGTH"] = "40",
            // No text does without all of these.
            ["PIPELINE_FORBIDDEN_WORDS"] = "the, a, and, of, to, in, it, was, is, i, for, on, with, at",
        }, token);
        var http = serve.Http;

        using var published = await http.PostAsync("/api/publish", null, token);
        var answer = await published.Content.ReadFromJsonAsync<JsonElement>(token);

        Assert.True(answer.TryGetProperty("reason", out var reason), answer + serve.Program.SoFar);
        Assert.StartsWith("no post today: none of 5 candidates passes the quality gates", reason.GetString(), StringComparison.Ordinal);
        Assert.Contains("forbidden words", reason.GetString(), StringComparison.Ordinal);
        Assert.Equal("refs/heads/main", github.Git.Run("for-each-ref", "--format=%(refname)"));
        Assert.Empty(github.Server.PullRequests);
        // Score and reasons of every candidate are kept.
        var record = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(work, "store", "published", answer.GetProperty("day").GetString()!, "record.json"), token)).RootElement;
        Assert.Equal(5, record.GetProperty("card").GetProperty("candidates").GetArrayLength());
        Assert.All(record.GetProperty("card").GetProperty("candidates").EnumerateArray(), candidate => Assert.NotEqual(0, candidate.GetProperty("reasons").GetArrayLength()));
        serve.Program.Signal(2);
        await serve.Program.EndAsync(token);
    }

    private static async Task<Serving> ServeAsync(InTestGitHub github, string work, Dictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        settings["PIPELINE_GITHUB_REPOSITORY"] = "ann/blog";
        settings["PIPELINE_GITHUB_TOKEN"] = GitHubServer.Token;
        settings["PIPELINE_GITHUB_API"] = github.Address.AbsoluteUri;
        var port = Loopback.FreePort();
        var serve = new Serving(
            Programs.Start(Programs.Functions, ["serve", "--work", work, "--port", $"{port}"], settings),
            new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") });
        try
        {
            await serve.Program.WaitForAsync("Serving on", cancellationToken);
            return serve;
        }
        catch
        {
            serve.Dispose();
            throw;
        }
    }

    private static async Task HookAsync(HttpClient http, string name, string body, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/github") { Content = new ByteArrayContent(bytes) };
        request.Headers.Add("X-GitHub-Event", name);
        request.Headers.Add("X-GitHub-Delivery", name);
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), bytes)));
        using var response = await http.SendAsync(request, cancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(100, cancellationToken);
        }
    }

    private sealed record Serving(RunningProgram Program, HttpClient Http) : IDisposable
    {
        public void Dispose()
        {
            Http.Dispose();
            Program.Dispose();
        }
    }
}
