using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Costs;
using Pipeline.Functions.ConvertPost;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.PollBlog;
using Pipeline.Functions.PublishNow;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.Testing.GitHub;

namespace Pipeline.Functions.Tests.GitHub;

/// <summary>What the owner does with a pull request: comments that act on it, and what becomes of it.</summary>
public sealed class PullRequestTests(GitHubFixture fixture) : IClassFixture<GitHubFixture>, IAsyncLifetime
{
    private const string Branch = "pipeline/post-2026-03-02";
    private static readonly DateOnly Day = new(2026, 3, 2);

    private readonly InTestGitHub github = fixture.GitHub;
    private readonly TemporaryFolder folder = new();
    private readonly ContractHandler calls = new();
    private FolderBlobStore store = null!;
    private PostRecords records = null!;
    private BlogConnection blog = null!;
    private PipelineSettings settings = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        github.Reset();
        store = new(folder.Sub("store"), TimeProvider.System);
        records = new(store);
        settings = new()
        {
            Store = folder.Sub("store"),
            GitHubRepository = "ann/blog",
            GitHubToken = GitHubServer.Token,
            GitHubApi = github.Address.AbsoluteUri,
        };
        blog = new(settings, store, TimeProvider.System, calls);
        await blog.Sync!.RunAsync(push: null, Token);
        await OpenAsync();
    }

    public ValueTask DisposeAsync()
    {
        blog.Dispose();
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Pick_puts_another_candidate_on_the_same_branch_and_says_so()
    {
        var before = github.Git.Run("rev-parse", Branch);

        await CommentAsync("/pick 2");

        Assert.Equal(before, github.Git.Run("rev-parse", $"{Branch}^"));
        Assert.Equal("A\t_posts/2026-03-02-the-second.md", github.Git.Run("diff", "--name-status", "main", Branch));
        Assert.Contains("The second text.", github.Git.Run("show", $"{Branch}:_posts/2026-03-02-the-second.md"), StringComparison.Ordinal);
        var pull = Assert.Single(github.Server.PullRequests);
        Assert.Equal("Generated post: The second", pull.Title);
        Assert.Equal(2, PullRequestText.Parse(pull.Title, pull.Body)!.Chosen);
        Assert.Contains("Candidate 2 has taken", Assert.Single(pull.Comments), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Title_and_tags_change_the_front_matter_and_nothing_else()
    {
        await CommentAsync("/title A {{ better }} <b>title</b>", id: 1);
        await CommentAsync("/tags SOUP", id: 2);

        var post = github.Git.Run("show", $"{Branch}:_posts/2026-03-02-the-first.md");
        Assert.Contains("A better title", post, StringComparison.Ordinal);
        Assert.Contains("soup", post, StringComparison.Ordinal);
        Assert.Contains("The first text.", post, StringComparison.Ordinal);
        Assert.Equal("Generated post: A better title", github.Server.PullRequests[0].Title);

        await CommentAsync("/tags unheard-of", id: 3);
        Assert.Contains("does not use unheard-of", github.Server.PullRequests[0].Comments[^1], StringComparison.Ordinal);
        Assert.Equal("3", github.Git.Run("rev-list", "--count", $"main..{Branch}"));
    }

    [Theory]
    [InlineData("cyd")]
    [InlineData("eve")]
    public async Task Who_may_not_write_is_not_heard(string login)
    {
        await CommentAsync("/pick 2", login);

        Assert.Equal("1", github.Git.Run("rev-list", "--count", $"main..{Branch}"));
        Assert.Empty(github.Server.PullRequests[0].Comments);
    }

    [Fact]
    public async Task A_comment_acts_once_and_a_persons_commit_is_never_written_over()
    {
        await CommentAsync("/pick 2", id: 9);
        await CommentAsync("/pick 2", id: 9);
        Assert.Single(github.Server.PullRequests[0].Comments);
        var edited = github.Git.Commit(Branch, "Edit", ("_posts/2026-03-02-the-second.md", "By hand."));

        await CommentAsync("/pick 1", id: 10);

        Assert.Equal(edited, github.Git.Run("rev-parse", Branch));
        Assert.Contains("never written over", github.Server.PullRequests[0].Comments[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_off_at_any_call_and_run_again_a_comment_has_acted_once()
    {
        for (var dieAt = 0; ; dieAt++)
        {
            var (left, died) = (dieAt, false);
            calls.After = _ =>
            {
                if (left-- == 0)
                {
                    died = true;
                    throw new InvalidOperationException("The process died.");
                }
            };
            await Record.ExceptionAsync(() => CommentAsync("/pick 2"));
            calls.After = null;
            await CommentAsync("/pick 2");

            Assert.Equal("2", github.Git.Run("rev-list", "--count", $"main..{Branch}"));
            Assert.Equal("A\t_posts/2026-03-02-the-second.md", github.Git.Run("diff", "--name-status", "main", Branch));
            Assert.InRange(github.Server.PullRequests[0].Comments.Count, 0, 1);
            if (!died)
            {
                break;
            }

            github.Reset();
            await store.DeleteAsync(PostRecords.BlobOf(Day), BlobCondition.None, Token);
            await OpenAsync();
        }
    }

    [Fact]
    public async Task Hold_labels_the_pull_request_and_takes_automatic_merging_back()
    {
        github.Server.PullRequests[0].AutoMerge = true;

        await CommentAsync("/hold");

        Assert.False(github.Server.PullRequests[0].AutoMerge);
        Assert.Contains("on-hold", github.Server.PullRequests[0].Labels);
    }

    [Fact]
    public async Task Merged_as_it_was_is_a_reward_of_1()
    {
        github.Server.Merge(github.Server.PullRequests[0]);

        var feedback = await CloseAsync();

        Assert.Equal(1, (double)feedback["reward"]!);
        Assert.Equal("The first", (string)feedback["request"]!["data"]!["ndarray"]![0]!);
        Assert.Contains("The first text.", (string)feedback["response"]!["data"]!["ndarray"]![0]!, StringComparison.Ordinal);
        Assert.Equal("0123abcd-89ef4567", (string)feedback["response"]!["meta"]!["tags"]!["version"]!);
        Assert.Equal("merged", (await records.ReadAsync(Day, Token))!.Value.Record.Outcome);
    }

    [Fact]
    public async Task Edited_is_1_minus_the_share_changed()
    {
        var path = "_posts/2026-03-02-the-first.md";
        // 12 words of title and text, of which 3 are changed.
        github.Git.Commit(Branch, "Edit", (path, github.Git.Run("show", $"{Branch}:{path}").Replace("two three four", "2 3 4", StringComparison.Ordinal) + "\n"));
        github.Server.Merge(github.Server.PullRequests[0]);

        var feedback = await CloseAsync();

        Assert.Equal(0.75, (double)feedback["reward"]!, 3);
        Assert.Contains("2 3 4", (string)feedback["truth"]!["data"]!["ndarray"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_is_a_reward_of_0_also_when_only_polling_finds_it()
    {
        github.Server.PullRequests[0].State = "closed";

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
        var (record, _) = (await records.ReadAsync(Day, Token))!.Value;
        await records.WriteAsync(new() { Card = record.Card, Created = TimeProvider.System.GetUtcNow() }, BlobCondition.None, Token);
        var path = record.Path!;
        github.Git.Commit(Branch, "Mine", (path, github.Git.Run("show", $"{Branch}:{path}").Replace("ai_generated: true\n", "", StringComparison.Ordinal).Replace("two three four", "2 3 4", StringComparison.Ordinal) + "\n"));
        github.Server.Merge(github.Server.PullRequests[0]);
        github.Git.Run("update-ref", "-d", $"refs/heads/{Branch}");

        await (polled ? Outcomes().RecordOpenAsync(Token) : Outcomes().RecordAsync(1, Token));

        Assert.Equal(0.75, (double)(await FeedbackAsync())["reward"]!, 3);
        var noted = (await records.ReadAsync(Day, Token))!.Value.Record;
        Assert.Equal(("edited", 1, record.Commit), (noted.Outcome, noted.PullRequest!.Number, noted.Commit));
    }

    [Fact]
    public async Task Polling_alone_brings_what_was_pushed_and_what_became_of_pull_requests()
    {
        var poll = new PollBlogFunction(blog, Outcomes(), new EventMemory(store, TimeProvider.System), new SyncLog(NullLogger<SyncLog>.Instance));
        github.Git.Commit("main", "New", ("_posts/2026-02-26-polled.md", "Polled.\n"));
        github.Server.Merge(github.Server.PullRequests[0]);

        await poll.RunAsync(new(IsPastDue: false), Token);

        Assert.NotNull(await store.FindAsync(new(Containers.Posts, "_posts/2026-02-26-polled.md"), Token));
        Assert.Equal(1, (double)(await FeedbackAsync())["reward"]!);
        var made = calls.Calls.Count;
        await poll.RunAsync(new(IsPastDue: false), Token);
        // An unchanged blog: the repository and its branch, both answered without a body.
        Assert.Equal(2, calls.Calls.Count - made);
    }

    [Theory]
    [InlineData("The first text. One two three four five six seven.", true)]
    [InlineData("Nothing here is as it was before I sat down and wrote all of it anew by myself.", false)]
    public async Task A_merged_post_is_left_out_of_the_corpus_unless_a_person_rewrote_it(string body, bool leftOut)
    {
        var path = "_posts/2026-03-02-the-first.md";
        var text = github.Git.Run("show", $"{Branch}:{path}");
        text = text[..(text.LastIndexOf("---\n", StringComparison.Ordinal) + 4)] + "\n" + body + "\n";
        await store.WriteAsync(new(Containers.Posts, path), Encoding.UTF8.GetBytes(text), BlobCondition.None, Token);
        var documents = new DocumentStore(store);

        await new ConvertPostFunction(store, documents, records, new(store), settings, TimeProvider.System, NullLogger<ConvertPostFunction>.Instance).RunAsync(new BlobTrigger(path, []), Token);

        Assert.Equal(leftOut ? "ai_generated: true" : null, (await documents.ReadAsync(path, Token))!.Skipped);
    }

    [Theory]
    [InlineData("token", 403, "does not accept the token")]
    [InlineData("archived", 403, "archived")]
    [InlineData("renamed", 502, "")]
    public async Task Publishing_by_hand_says_what_is_wrong_with_GitHub(string fault, int status, string says)
    {
        settings.GitHubToken = fault == "token" ? "ghp_wrong" : GitHubServer.Token;
        github.Server.Archived = fault == "archived";
        github.Server.Name = fault == "renamed" ? "ann/new-blog" : "ann/blog";
        using var target = new BlogConnection(settings, store, TimeProvider.System, calls);
        var routing = new RoutingStore(store);
        using var models = new ServingModels(routing, new ModelStore(store), new ModelCache(store, folder.Sub("cache")));
        using var gates = new GateSource(store, records, settings);
        using var cap = NoCap();
        var posts = new DailyPost(models, new(store, new(store)), gates, new CandidateWriter(cap, settings, TimeProvider.System), target, records, store, settings, TimeProvider.System);
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        using var body = new MemoryStream();
        context.Response.Body = body;

        await (await new PublishNowFunction(posts, NullLogger<PublishNowFunction>.Instance).RunAsync(context.Request, Token)).ExecuteAsync(context);

        Assert.Equal(status, context.Response.StatusCode);
        Assert.Contains(says, (string)JsonNode.Parse(body.ToArray())!["error"]!, StringComparison.Ordinal);
    }

    private async Task OpenAsync()
    {
        var target = await blog.OpenAsync(Token);
        var profile = await new BlogSource(store, new(store)).ReadAsync(Token);
        var card = new ReportCard
        {
            Day = Day,
            Provenance = new("0123abcd-89ef4567", "0123456789abcdef", 1, "temperature 0.8"),
            Chosen = 1,
            Candidates =
            [
                new() { Title = "The first", Body = "The first text. One two three four five six seven.", Seed = 1, Figures = [new QualityFigure("fewest words", 90, 80, "≥", "words", true, null)] },
                new() { Title = "The second", Body = "The second text.", Seed = 2 },
            ],
        };
        var result = Assert.IsType<PublishResult.Published>(
            await new PostPublisher(target.Repository, profile, target.Options, TimeProvider.System, target.PullRequests).PublishAsync(CandidateWriter.DraftOf(card, 1), Day, card, Token));
        await records.WriteAsync(
            new()
            {
                Card = card,
                Created = DateTimeOffset.UnixEpoch,
                Branch = result.Branch,
                Path = result.Path,
                Commit = result.Commit,
                Text = result.Text,
                PullRequest = result.PullRequest,
                Done = true,
            },
            BlobCondition.None,
            Token);
    }

    private async Task CommentAsync(string text, string login = "ann", long id = 5)
    {
        var routing = new RoutingStore(store);
        using var models = new ServingModels(routing, new ModelStore(store), new ModelCache(store, folder.Sub("cache")));
        using var gates = new GateSource(store, records, settings);
        using var cap = NoCap();
        var commands = new CommentCommands(
            blog, records, new(store, new(store)), gates, new CandidateWriter(cap, settings, TimeProvider.System), models, NullLogger<CommentCommands>.Instance);
        await commands.ActAsync(new(id, 1, login, text, new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero)), Token);
    }

    private MonthlyCap NoCap() => new(store, new(store, TimeProvider.System), settings.Prices, cap: null, TimeProvider.System);

    private PullRequestOutcomes Outcomes() => new(blog, records, store, new ManualClock(new DateTimeOffset(2026, 3, 3, 12, 0, 0, TimeSpan.Zero)), NullLogger<PullRequestOutcomes>.Instance);

    private async Task<JsonNode> CloseAsync()
    {
        await Outcomes().RecordAsync(1, Token);
        return await FeedbackAsync();
    }

    private async Task<JsonNode> FeedbackAsync() => JsonNode.Parse((await store.ReadAsync(new(Containers.Feedback, "pr-1.json"), Token))!.Value.Bytes)!;
}

/// <summary>One in-test GitHub for the tests of a class.</summary>
public sealed class GitHubFixture : IAsyncLifetime
{
    public InTestGitHub GitHub { get; private set; } = null!;

    public async ValueTask InitializeAsync() => GitHub = await InTestGitHub.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => GitHub?.DisposeAsync() ?? ValueTask.CompletedTask;
}
