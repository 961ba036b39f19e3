using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.ConvertPost;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.PollBlog;
using Pipeline.Functions.PublishNow;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing.GitHub;

namespace Pipeline.Functions.Tests.GitHub;

/// <summary>What becomes of a pull request.</summary>
public sealed class PullRequestTests(GitHubFixture fixture) : PullRequestTest(fixture), IClassFixture<GitHubFixture>
{
    [Fact]
    public async Task Merged_as_it_was_is_a_reward_of_1()
    {
        GitHub.Server.Merge(GitHub.Server.PullRequests[0]);

        var feedback = await CloseAsync();

        Assert.Equal(1, (double)feedback["reward"]!);
        Assert.Equal("The first", (string)feedback["request"]!["data"]!["ndarray"]![0]!);
        Assert.Contains("The first text.", (string)feedback["response"]!["data"]!["ndarray"]![0]!, StringComparison.Ordinal);
        Assert.Equal("0123abcd-89ef4567", (string)feedback["response"]!["meta"]!["tags"]!["version"]!);
        Assert.Equal("merged", (await Records.ReadAsync(Day, Token))!.Value.Record.Outcome);
    }

    [Fact]
    public async Task Edited_is_1_minus_the_share_changed()
    {
        var path = "_posts/2026-03-02-the-first.md";
        // 12 words of title and text, of which 3 are changed.
        GitHub.Git.Commit(Branch, "Edit", (path, GitHub.Git.Run("show", $"{Branch}:{path}").Replace("two three four", "2 3 4", StringComparison.Ordinal) + "\n"));
        GitHub.Server.Merge(GitHub.Server.PullRequests[0]);

        var feedback = await CloseAsync();

        Assert.Equal(0.75, (double)feedback["reward"]!, 3);
        Assert.Contains("2 3 4", (string)feedback["truth"]!["data"]!["ndarray"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_is_a_reward_of_0_also_when_only_polling_finds_it()
    {
        GitHub.Server.PullRequests[0].State = "closed";

        await Outcomes().RecordOpenAsync(Token);

        Assert.Equal(0, (double)(await FeedbackAsync())["reward"]!);
        Assert.Null((await FeedbackAsync())["truth"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_owner_made_of_a_post_that_was_never_noted_is_feedback_all_the_same(bool polled)
    {
        // The run died between opening the pull request and noting it, and the owner was fast: he even took out what marks the post as generated.
        var (record, _) = (await Records.ReadAsync(Day, Token))!.Value;
        await Records.WriteAsync(new() { Card = record.Card, Created = TimeProvider.System.GetUtcNow() }, BlobCondition.None, Token);
        var path = record.Path!;
        GitHub.Git.Commit(Branch, "Mine", (path, GitHub.Git.Run("show", $"{Branch}:{path}").Replace("ai_generated: true\n", "", StringComparison.Ordinal).Replace("two three four", "2 3 4", StringComparison.Ordinal) + "\n"));
        GitHub.Server.Merge(GitHub.Server.PullRequests[0]);
        GitHub.Git.Run("update-ref", "-d", $"refs/heads/{Branch}");

        await (polled ? Outcomes().RecordOpenAsync(Token) : Outcomes().RecordAsync(1, Token));

        Assert.Equal(0.75, (double)(await FeedbackAsync())["reward"]!, 3);
        var noted = (await Records.ReadAsync(Day, Token))!.Value.Record;
        Assert.Equal(("edited", 1, record.Commit), (noted.Outcome, noted.PullRequest!.Number, noted.Commit));
    }

    [Fact]
    public async Task A_branch_into_which_a_person_merged_the_blog_is_not_written_over_and_its_post_still_counts()
    {
        // What GitHub's button "Update branch" does.
        GitHub.Git.Commit("main", "Meanwhile", ("about.md", "About.\n"));
        var ours = GitHub.Git.Run("rev-parse", Branch);
        var tree = GitHub.Git.Run("merge-tree", "--write-tree", Branch, "main");
        var merged = GitHub.Git.Run("commit-tree", "-m", "Merge branch 'main'", "-p", Branch, "-p", "main", tree);
        GitHub.Git.Run("update-ref", $"refs/heads/{Branch}", merged);

        await CommentAsync("/pick 2");
        Assert.Equal(merged, GitHub.Git.Run("rev-parse", Branch));
        Assert.Contains("never written over", Assert.Single(GitHub.Server.PullRequests[0].Comments), StringComparison.Ordinal);

        var target = await Blog.OpenAsync(Token);
        var found = await new PostDays(target.Repository, target.PullRequests, target.Options).FindOursAsync(merged, Day, Token);
        Assert.Equal(ours, found!.Commit);
        GitHub.Server.Merge(GitHub.Server.PullRequests[0]);
        Assert.Equal(1, (double)(await CloseAsync())["reward"]!);
    }

    [Fact]
    public async Task Polling_alone_brings_what_was_pushed_and_what_became_of_pull_requests()
    {
        var poll = new PollBlogFunction(Blog, Outcomes(), new EventMemory(Store, TimeProvider.System), new SyncLog(NullLogger<SyncLog>.Instance));
        GitHub.Git.Commit("main", "New", ("_posts/2026-02-26-polled.md", "Polled.\n"));
        GitHub.Server.Merge(GitHub.Server.PullRequests[0]);

        await poll.RunAsync(new(IsPastDue: false), Token);

        Assert.NotNull(await Store.FindAsync(new(Containers.Posts, "_posts/2026-02-26-polled.md"), Token));
        Assert.Equal(1, (double)(await FeedbackAsync())["reward"]!);
        var made = Calls.Calls.Count;
        await poll.RunAsync(new(IsPastDue: false), Token);
        // An unchanged blog: the repository and its branch, both answered without a body.
        Assert.Equal(2, Calls.Calls.Count - made);
    }

    [Theory]
    [InlineData("The first text. One two three four five six seven.", true)]
    [InlineData("Nothing here is as it was before I sat down and wrote all of it anew by myself.", false)]
    public async Task A_merged_post_is_left_out_of_the_corpus_unless_a_person_rewrote_it(string body, bool leftOut)
    {
        var path = "_posts/2026-03-02-the-first.md";
        var text = GitHub.Git.Run("show", $"{Branch}:{path}");
        text = text[..(text.LastIndexOf("---\n", StringComparison.Ordinal) + 4)] + "\n" + body + "\n";
        await Store.WriteAsync(new(Containers.Posts, path), Encoding.UTF8.GetBytes(text), BlobCondition.None, Token);
        var documents = new DocumentStore(Store);

        await new ConvertPostFunction(Store, documents, Records, new(Store), Settings, TimeProvider.System, NullLogger<ConvertPostFunction>.Instance).RunAsync(new BlobTrigger(path, []), Token);

        Assert.Equal(leftOut ? "ai_generated: true" : null, (await documents.ReadAsync(path, Token))!.Skipped);
    }

    [Theory]
    [InlineData("token", 403, "does not accept the token")]
    [InlineData("archived", 403, "archived")]
    [InlineData("renamed", 502, "")]
    public async Task Publishing_by_hand_says_what_is_wrong_with_GitHub(string fault, int status, string says)
    {
        Settings.GitHubToken = fault == "token" ? "ghp_wrong" : GitHubServer.Token;
        GitHub.Server.Archived = fault == "archived";
        GitHub.Server.Name = fault == "renamed" ? "ann/new-blog" : "ann/blog";
        using var target = new BlogConnection(Settings, Store, TimeProvider.System, Calls);
        var routing = new RoutingStore(Store);
        using var models = new ServingModels(routing, new ModelStore(Store), new ModelCache(Store, Folder.Sub("cache")));
        using var gates = new GateSource(Store, Records, Settings);
        using var cap = NoCap();
        var posts = new DailyPost(models, new(Store, new(Store)), gates, new CandidateWriter(cap, Settings, TimeProvider.System), target, Records, Store, Settings, TimeProvider.System);
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        using var body = new MemoryStream();
        context.Response.Body = body;

        await (await new PublishNowFunction(posts, NullLogger<PublishNowFunction>.Instance).RunAsync(context.Request, Token)).ExecuteAsync(context);

        Assert.Equal(status, context.Response.StatusCode);
        Assert.Contains(says, (string)JsonNode.Parse(body.ToArray())!["error"]!, StringComparison.Ordinal);
    }

    private PullRequestOutcomes Outcomes() => new(Blog, Records, Store, new ManualClock(new DateTimeOffset(2026, 3, 3, 12, 0, 0, TimeSpan.Zero)), NullLogger<PullRequestOutcomes>.Instance);

    private async Task<JsonNode> CloseAsync()
    {
        await Outcomes().RecordAsync(1, Token);
        return await FeedbackAsync();
    }

    private async Task<JsonNode> FeedbackAsync() => JsonNode.Parse((await Store.ReadAsync(new(Containers.Feedback, "pr-1.json"), Token))!.Value.Bytes)!;
}
