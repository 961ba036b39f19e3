using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.ReceivePush;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.ReceivePush;

public sealed class ReceivePushTests : IDisposable
{
    private const string Secret = "the-webhook's-secret";

    private readonly TemporaryFolder folder = new();
    private readonly FolderBlobStore store;
    private readonly PipelineSettings settings = new() { GitHubRepository = "ann/blog", WebhookSecret = Secret };

    public ReceivePushTests() => store = new(folder.Sub("store"), TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    // Figures of GitHub's own documentation (validating webhook deliveries).
    [Fact]
    public void The_signature_is_that_of_GitHubs_example() => Assert.True(WebhookSignature.IsValid(
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "Hello, World!"u8, ["It's a Secret to Everybody"]));

    [Fact]
    public async Task A_push_is_put_down_and_a_redelivery_does_nothing()
    {
        var body = Push();

        Assert.Equal(202, await SendAsync("push", body));
        Assert.Equal(200, await SendAsync("push", body));

        var told = Assert.Single(await EventsAsync());
        Assert.Equal(("main", true), (told.Push!.Branch, told.Push.Complete));
        Assert.Equal(["_posts/2026-01-01-a.md", "_posts/2026-01-01-b.md", "_posts/2026-01-01-c.md"], told.Push.Paths);
    }

    [Fact]
    public async Task A_signature_that_was_used_by_another_delivery_is_refused()
    {
        await SendAsync("push", Push());

        Assert.Equal(401, await SendAsync("push", Push(), delivery: "another"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=00")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    public async Task A_missing_or_wrong_signature_is_refused(string? signature)
    {
        Assert.Equal(401, await SendAsync("push", Push(), signature: signature ?? "none"));
        Assert.Empty(await EventsAsync());
    }

    [Fact]
    public async Task The_signature_covers_every_byte_of_the_body()
    {
        var body = Push();
        var signature = Sign(body, Secret);

        Assert.Equal(401, await SendAsync("push", body + " ", signature: signature));
    }

    [Fact]
    public async Task Both_secrets_are_good_while_one_is_being_changed()
    {
        settings.OldWebhookSecret = Secret;
        settings.WebhookSecret = "the-new-one";

        Assert.Equal(202, await SendAsync("push", Push()));
        Assert.Equal(202, await SendAsync("push", Push(after: new string('d', 40)), signature: Sign(Push(after: new string('d', 40)), "the-new-one"), delivery: "second"));
    }

    [Theory]
    [InlineData("ping", 200)]
    [InlineData("star", 204)]
    [InlineData("", 204)]
    public async Task Other_events_are_answered_and_forgotten(string name, int status)
    {
        Assert.Equal(status, await SendAsync(name, """{"zen":"Keep it.","repository":{"full_name":"ann/blog"}}"""));
        Assert.Empty(await EventsAsync());
    }

    [Theory]
    [InlineData("""{"repository":{"full_name":"eve/blog"}}""", 403)]
    [InlineData("""{"repository":null}""", 403)]
    [InlineData("[]", 403)]
    [InlineData("""{"repository":{"full_name":"Ann/Blog"},"ref":7,"commits":{}}""", 202)]
    [InlineData("no json", 400)]
    public async Task Another_repository_and_odd_bodies_are_refused(string body, int status) => Assert.Equal(status, await SendAsync("push", body));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_25_MB_is_refused_whether_it_says_so_or_not(bool saysSo)
    {
        var body = new string(' ', (25 * 1024 * 1024) + 1);

        Assert.Equal(413, await SendAsync("push", body, signature: "none", length: saysSo ? body.Length : null));
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_taken()
    {
        settings.WebhookSecret = null;

        Assert.Equal(503, await SendAsync("push", Push()));
    }

    [Theory]
    [InlineData("forced")]
    [InlineData("created")]
    [InlineData("short")]
    public async Task A_push_that_does_not_name_every_file_says_so(string kind)
    {
        var body = JsonNode.Parse(Push())!;
        if (kind == "short")
        {
            body["commits"]!.AsArray().RemoveAt(1);
        }
        else
        {
            body[kind] = true;
        }

        await SendAsync("push", body.ToJsonString());

        Assert.False(Assert.Single(await EventsAsync()).Push!.Complete);
    }

    [Theory]
    [InlineData("closed", "pipeline/post-2026-03-02", "ann/blog", 202)]
    [InlineData("opened", "pipeline/post-2026-03-02", "ann/blog", 204)]
    [InlineData("closed", "feature", "ann/blog", 204)]
    [InlineData("closed", "pipeline/post-2026-03-02", "eve/blog", 204)]
    public async Task Only_our_closed_pull_requests_are_put_down(string action, string branch, string from, int status)
    {
        var body = $$$"""{"action":"{{{action}}}","repository":{"full_name":"ann/blog"},"pull_request":{"number":7,"head":{"ref":"{{{branch}}}","repo":{"full_name":"{{{from}}}"} } } }""";

        Assert.Equal(status, await SendAsync("pull_request", body));
        Assert.Equal(status == 202 ? [7] : [], (await EventsAsync()).Select(told => told.Closed));
    }

    [Theory]
    [InlineData("created", "/pick 2", true, 202)]
    [InlineData("created", "Thanks", true, 204)]
    [InlineData("edited", "/pick 2", true, 204)]
    [InlineData("created", "/pick 2", false, 204)]
    public async Task Only_comments_that_ask_for_something_are_put_down(string action, string text, bool onPullRequest, int status)
    {
        var body = new JsonObject
        {
            ["action"] = action,
            ["repository"] = new JsonObject { ["full_name"] = "ann/blog" },
            ["issue"] = new JsonObject { ["number"] = 7, ["pull_request"] = onPullRequest ? new JsonObject() : null },
            ["comment"] = new JsonObject { ["id"] = 5, ["body"] = text, ["created_at"] = "2026-03-02T10:00:00Z", ["user"] = new JsonObject { ["login"] = "ann" } },
        };

        Assert.Equal(status, await SendAsync("issue_comment", body.ToJsonString()));
        Assert.Equal(status == 202 ? 1 : 0, (await EventsAsync()).Count);
    }

    private static string Push(string? after = null)
    {
        after ??= new string('b', 40);
        return $$$"""
            {"ref":"refs/heads/main","before":"{{{new string('a', 40)}}}","after":"{{{after}}}","forced":false,"created":false,"deleted":false,"repository":{"full_name":"ann/blog"},
             "commits":[
               {"id":"{{{new string('c', 40)}}}","message":"One","added":["_posts/2026-01-01-a.md"],"modified":[],"removed":[]},
               {"id":"{{{after}}}","message":"Two","added":[],"modified":["_posts/2026-01-01-b.md"],"removed":["_posts/2026-01-01-c.md"]}]}
            """;
    }

    private static string Sign(string body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    private async Task<int> SendAsync(string name, string body, string? signature = null, string delivery = "first", long? length = null)
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        context.Request.ContentLength = length;
        context.Request.Headers["X-GitHub-Event"] = name;
        context.Request.Headers["X-GitHub-Delivery"] = delivery;
        if (signature != "none")
        {
            context.Request.Headers["X-Hub-Signature-256"] = signature ?? Sign(body, Secret);
        }

        var result = await new ReceivePushFunction(settings, store, NullLogger<ReceivePushFunction>.Instance).RunAsync(context.Request, Token);
        await result.ExecuteAsync(context);
        return context.Response.StatusCode;
    }

    private async Task<List<GitHubEvent>> EventsAsync()
    {
        var events = new List<GitHubEvent>();
        await foreach (var entry in store.ListAsync(Containers.Published, "events/", Token))
        {
            events.Add(JsonSerializer.Deserialize((await store.ReadAsync(entry.Name, Token))!.Value.Bytes, GitHubEventJson.Default.GitHubEvent)!);
        }

        return events;
    }
}
