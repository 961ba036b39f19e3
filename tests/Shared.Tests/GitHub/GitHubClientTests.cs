using System.Net;
using System.Text;
using Pipeline.GitHub;
using Pipeline.Publishing;
using Pipeline.Testing.GitHub;

namespace Pipeline.Shared.Tests.GitHub;

public sealed class GitHubClientTests(GitHubFixture fixture) : GitHubTest(fixture), IClassFixture<GitHubFixture>
{
    [Fact]
    public async Task The_repository_says_what_it_is()
    {
        var repository = await Client().GetRepositoryAsync(Token);

        Assert.Equal(("ann/blog", "main", false, true), (repository.FullName, repository.DefaultBranch, repository.Archived, repository.Permissions?.Push));
    }

    [Fact]
    public async Task Blob_tree_commit_and_branch_are_those_of_git()
    {
        var client = Client();
        var main = await client.FindBranchAsync("main", Token);
        Assert.Equal(GitHub.Git.Run("rev-parse", "main"), main);
        Assert.Null(await client.FindBranchAsync("ma", Token));

        var blob = await client.CreateBlobAsync("one\r\n\0ü"u8.ToArray(), Token);
        var commit = await client.GetCommitAsync(main!, Token);
        var tree = await client.CreateTreeAsync(commit.Tree.Sha, [new("_posts/a #1?.md", "100644", "blob", blob), new("index.md", "100644", "blob", null)], Token);
        var details = new CommitDetails("Add ü\n\nWhy.", "Ann Ö", "ann@blog.example", new DateTimeOffset(2026, 3, 2, 10, 29, 0, TimeSpan.FromHours(1)));
        var added = await client.CreateCommitAsync(tree, main!, details, Token);
        Assert.Equal(added, await client.CreateCommitAsync(tree, main!, details, Token));
        Assert.True(await client.CreateBranchAsync("pipeline/x", added, Token));
        Assert.False(await client.CreateBranchAsync("pipeline/x", main!, Token));

        Assert.Equal(added, GitHub.Git.Run("rev-parse", "pipeline/x"));
        Assert.Equal("A\t_posts/a #1?.md\nD\tindex.md", GitHub.Git.Run("diff", "--name-status", "main", "pipeline/x"));
        Assert.Equal("one\r\n\0ü"u8.ToArray(), await client.FindFileAsync("_posts/a #1?.md", added, Token));
        Assert.Null(await client.FindFileAsync("index.md", added, Token));
        Assert.Contains((await client.FindTreeAsync(added, recursive: true, Token))!.Tree, entry => entry is { Path: "_posts/a #1?.md", IsFile: true, Size: 8 });
        Assert.Null(await client.FindTreeAsync(new string('1', 40), recursive: true, Token));
    }

    [Fact]
    public async Task A_branch_moves_on_and_never_back()
    {
        var client = Client();
        var first = GitHub.Git.Run("rev-parse", "main");
        var second = GitHub.Git.Commit("main", "Second", ("a.md", "a"));
        GitHub.Git.Run("update-ref", "refs/heads/side", first);

        Assert.True(await client.AdvanceBranchAsync("side", second, Token));
        Assert.False(await client.AdvanceBranchAsync("side", first, Token));

        Assert.Equal(second, GitHub.Git.Run("rev-parse", "side"));
    }

    [Fact]
    public async Task A_pull_request_is_opened_once_and_found_changed_labelled_reviewed_and_commented()
    {
        var client = Client();
        GitHub.Git.Run("update-ref", "refs/heads/pipeline/x", "main");
        GitHub.Git.Commit("pipeline/x", "Post", ("a.md", "a"));

        var opened = (await client.CreatePullRequestAsync(new("A title", "pipeline/x", "main", "The body", Draft: true), Token))!;
        Assert.Null(await client.CreatePullRequestAsync(new("A title", "pipeline/x", "main", "The body", Draft: true), Token));
        await client.UpdatePullRequestAsync(opened.Number, new(Body: "Another body"), Token);
        await client.AddLabelsAsync(opened.Number, ["ai-generated"], Token);
        await client.RequestReviewersAsync(opened.Number, ["ann"], Token);
        await client.AddCommentAsync(opened.Number, "A comment", Token);

        var pull = Assert.Single(Server.PullRequests);
        Assert.Equal(("A title", "Another body", true), (pull.Title, pull.Body, pull.Draft));
        Assert.Equal(["A comment"], pull.Comments);
        var found = Assert.Single(await client.ListPullRequestsAsync("all", "pipeline/x", Token));
        Assert.Equal(["ai-generated"], found.Labels!.Select(label => label.Name));
        Assert.Equal(["ann"], found.RequestedReviewers!.Select(account => account.Login));
        Assert.Empty(await client.ListPullRequestsAsync("closed", null, Token));
        Assert.Equal("open", (await client.FindPullRequestAsync(opened.Number, Token))!.State);
        Assert.Null(await client.FindPullRequestAsync(99, Token));

        Assert.NotNull(await client.EnableAutoMergeAsync(found, Token));
        pull.Draft = false;
        Assert.Null(await client.EnableAutoMergeAsync(found, Token));
        Assert.True(pull.AutoMerge);
        Assert.Null(await client.DisableAutoMergeAsync(found, Token));
        Assert.False(pull.AutoMerge);
    }

    [Theory]
    [InlineData("ann", true)]
    [InlineData("bea", true)]
    [InlineData("cyd", false)]
    [InlineData("eve", false)]
    public async Task Who_may_write_is_asked_of_GitHub(string login, bool may) => Assert.Equal(may, await Client().MayWriteAsync(login, Token));

    [Fact]
    public async Task The_archive_is_streamed_from_where_it_lies_without_the_token()
    {
        await using var stream = await Client().OpenTarballAsync(GitHub.Git.Run("rev-parse", "main"), Token);
        var magic = new byte[2];
        await stream.ReadExactlyAsync(magic, Token);

        Assert.Equal([0x1F, 0x8B], magic);
    }

    [Fact]
    public async Task What_did_not_change_is_not_sent_again()
    {
        var client = Client();
        for (var time = 0; time < 3; time++)
        {
            Assert.NotNull(await client.FindBranchAsync("main", Token));
            Assert.NotNull(await client.GetRepositoryAsync(Token));
        }

        Assert.Equal(4, Server.Unchanged);
        var moved = GitHub.Git.Commit("main", "Change", ("a.md", "a"));
        Assert.Equal(moved, await client.FindBranchAsync("main", Token));
    }

    [Fact]
    public async Task A_post_of_more_than_a_megabyte_is_named()
    {
        var commit = GitHub.Git.Commit("main", "Large", ("_posts/2026-01-01-large.md", new string('x', 1_100_000)));

        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client().FindFileAsync("_posts/2026-01-01-large.md", commit, Token));

        Assert.Equal(GitHubFailure.TooLarge, exception.Failure);
        Assert.Contains("_posts/2026-01-01-large.md has 1.0 MB", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, 0)]
    [InlineData(502, 1)]
    [InlineData(503, 4)]
    public async Task A_failing_GitHub_is_asked_again_after_growing_waits(int status, int failures)
    {
        var left = failures;
        Server.Instead = _ => left-- > 0 ? GitHubServer.Refuse(status, "Oops") : null;

        Assert.NotNull(await Client().FindBranchAsync("main", Token));

        Assert.Equal(failures, Clock.Waits.Count);
        Assert.All(Clock.Waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task A_GitHub_that_keeps_failing_is_reported_as_such()
    {
        Server.Instead = _ => GitHubServer.Refuse(502, "Server Error");

        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client().FindBranchAsync("main", Token));

        Assert.Equal((GitHubFailure.Unavailable, HttpStatusCode.BadGateway), (exception.Failure, exception.Status));
        Assert.Equal(5, Calls.Calls.Count);
    }

    [Fact]
    public async Task A_comment_is_not_sent_twice_when_it_may_have_arrived()
    {
        GitHub.Git.Run("update-ref", "refs/heads/pipeline/x", "main");
        GitHub.Git.Commit("pipeline/x", "Post", ("a.md", "a"));
        var client = Client();
        await client.CreatePullRequestAsync(new("A title", "pipeline/x", "main", "", Draft: true), Token);
        Server.Instead = _ => GitHubServer.Refuse(500, "Oops");

        await Assert.ThrowsAsync<GitHubException>(() => client.AddCommentAsync(1, "Hello", Token));

        Assert.Single(Calls.Calls, call => call.EndsWith("/comments", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(403, "retry-after", "17", "You have exceeded a secondary rate limit", 17)]
    [InlineData(429, "retry-after", "5", "Too many requests", 5)]
    [InlineData(403, "x-ratelimit-remaining", "0", "API rate limit exceeded", 31)]
    [InlineData(403, "x-other", "1", "You have exceeded a secondary rate limit. Please wait a few minutes.", 60)]
    public async Task Rate_limits_are_waited_for_as_long_as_they_say(int status, string header, string value, string message, int seconds)
    {
        var left = 1;
        var reset = Clock.GetUtcNow().AddSeconds(30).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Server.Instead = _ => left-- > 0 ? GitHubServer.Refuse(status, message, (header, value), ("x-ratelimit-reset", reset)) : null;

        Assert.NotNull(await Client().FindBranchAsync("main", Token));

        Assert.Equal([TimeSpan.FromSeconds(seconds)], Clock.Waits);
    }

    [Fact]
    public async Task A_rate_limit_that_lasts_is_reported_with_its_end()
    {
        var reset = Clock.GetUtcNow().AddMinutes(40).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Server.Instead = _ => GitHubServer.Refuse(403, "API rate limit exceeded", ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset));

        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client().FindBranchAsync("main", Token));

        Assert.Equal(GitHubFailure.RateLimited, exception.Failure);
        Assert.Contains("2026-03-02 10:10:01Z", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Clock.Waits);
    }

    [Fact]
    public async Task A_GitHub_that_does_not_answer_is_given_up_after_some_tries()
    {
        using var never = new ManualResetEventSlim();
        Server.Instead = _ =>
        {
            never.Wait(TimeSpan.FromSeconds(10), Token);
            return null;
        };

        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client(Options(timeout: TimeSpan.FromMilliseconds(100))).FindBranchAsync("main", Token));
        never.Set();

        Assert.Equal(GitHubFailure.Unavailable, exception.Failure);
        Assert.Contains("did not answer within 0.1 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_GitHub_that_cannot_be_reached_is_named()
    {
        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client(Options(address: new Uri("http://127.0.0.1:1/"))).FindBranchAsync("main", Token));

        Assert.Equal(GitHubFailure.Unavailable, exception.Failure);
    }

    [Theory]
    [InlineData(401, "Bad credentials", "Unauthorized", "wrong, expired or revoked")]
    [InlineData(403, "Resource not accessible by integration", "Forbidden", "lacks a permission")]
    [InlineData(404, "Not Found", "NotFound", "token may not see it")]
    [InlineData(403, "Repository was archived so is read-only.", "Forbidden", "archived")]
    [InlineData(409, "Git Repository is empty.", "Empty", "Push the blog")]
    [InlineData(422, "Repository rule violations found", "Protected", "pipeline/post-*")]
    [InlineData(422, "Tree SHA is not valid", "Invalid", "Tree SHA is not valid")]
    public async Task Each_refusal_says_what_to_do(int status, string message, string failure, string said)
    {
        Server.Instead = _ => GitHubServer.Refuse(status, message);

        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client().CreateTreeAsync(new string('1', 40), [], Token));

        Assert.Equal(failure, exception.Failure.ToString());
        Assert.Contains(said, exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("/repos/ann/blog/git/trees", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renamed_repository_asks_for_its_new_name()
    {
        var exception = await Assert.ThrowsAsync<GitHubException>(() => Client(Options("ann/old-blog")).GetRepositoryAsync(Token));

        Assert.Equal(GitHubFailure.Moved, exception.Failure);
        Assert.Contains("PIPELINE_GITHUB_REPOSITORY", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_exception_holds_the_token_whatever_GitHub_answers()
    {
        var answers = new[] { 400, 401, 403, 404, 409, 418, 422, 429, 451, 500 };
        foreach (var status in answers)
        {
            // The refusal quotes the header that was sent, as a careless gateway might.
            Server.Instead = request => GitHubServer.Refuse(status, $"You sent {request.Headers.Authorization}", ("retry-after", "3600"));
            // Past prism, which allows no such answers.
            var exception = await Assert.ThrowsAsync<GitHubException>(() => Client(Options(address: Server.Address)).CreateBlobAsync("x"u8.ToArray(), Token));
            Assert.DoesNotContain("planted0secret", exception.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_call_that_the_client_can_make_is_one_that_GitHub_describes()
    {
        var client = Client();
        GitHub.Git.Run("update-ref", "refs/heads/pipeline/x", "main");
        var commit = GitHub.Git.Commit("pipeline/x", "Post", ("a.md", "a"));
        var main = GitHub.Git.Run("rev-parse", "main");
        var pull = (await client.CreatePullRequestAsync(new("A title", "pipeline/x", "main", "The body", Draft: false), Token))!;
        var blob = await client.CreateBlobAsync("x"u8.ToArray(), Token);
        var calls = new Dictionary<string, Func<Task>>
        {
            [nameof(client.GetRepositoryAsync)] = () => client.GetRepositoryAsync(Token),
            [nameof(client.FindBranchAsync)] = () => client.FindBranchAsync("main", Token),
            [nameof(client.CreateBranchAsync)] = () => client.CreateBranchAsync("pipeline/y", main, Token),
            [nameof(client.AdvanceBranchAsync)] = () => client.AdvanceBranchAsync("pipeline/y", commit, Token),
            [nameof(client.FindTreeAsync)] = () => client.FindTreeAsync(main, recursive: true, Token),
            [nameof(client.GetCommitAsync)] = () => client.GetCommitAsync(main, Token),
            [nameof(client.CreateBlobAsync)] = () => client.CreateBlobAsync("y"u8.ToArray(), Token),
            [nameof(client.CreateTreeAsync)] = () => client.CreateTreeAsync($"{GitHub.Git.Run("rev-parse", "main^{tree}")}", [new("b.md", "100644", "blob", blob)], Token),
            [nameof(client.CreateCommitAsync)] = () => client.CreateCommitAsync(GitHub.Git.Run("rev-parse", "main^{tree}"), main, new("Message", "Ann", "ann@blog.example", Clock.GetUtcNow()), Token),
            [nameof(client.FindFileAsync)] = () => client.FindFileAsync("_config.yml", main, Token),
            [nameof(client.OpenTarballAsync)] = async () => await (await client.OpenTarballAsync(main, Token)).DisposeAsync(),
            [nameof(client.ListPullRequestsAsync)] = () => client.ListPullRequestsAsync("all", "pipeline/x", Token),
            [nameof(client.FindPullRequestAsync)] = () => client.FindPullRequestAsync(pull.Number, Token),
            [nameof(client.CreatePullRequestAsync)] = () => client.CreatePullRequestAsync(new("Second", "pipeline/y", "main", "", Draft: true), Token),
            [nameof(client.UpdatePullRequestAsync)] = () => client.UpdatePullRequestAsync(pull.Number, new(Title: "Another"), Token),
            [nameof(client.AddLabelsAsync)] = () => client.AddLabelsAsync(pull.Number, ["ai-generated"], Token),
            [nameof(client.RequestReviewersAsync)] = () => client.RequestReviewersAsync(pull.Number, ["ann"], Token),
            [nameof(client.AddCommentAsync)] = () => client.AddCommentAsync(pull.Number, "A comment", Token),
            [nameof(client.MayWriteAsync)] = () => client.MayWriteAsync("ann", Token),
            [nameof(client.EnableAutoMergeAsync)] = () => client.EnableAutoMergeAsync(pull, Token),
            [nameof(client.DisableAutoMergeAsync)] = () => client.DisableAutoMergeAsync(pull, Token),
        };
        var described = GitHubDescription.Read().Operations;
        foreach (var (name, call) in calls)
        {
            var before = Calls.Calls.Count;
            await call();
            // The archive itself lies elsewhere, where GitHub's answer says.
            var made = Calls.Calls.Skip(before).Take(1).ToList();
            Assert.True(made.Count == 1, $"{name} made no call.");
            Assert.True(described.Any(operation => IsCall(operation, made[0])), $"{name}: GitHub describes no {made[0]}.");
        }

        // A new call of the client is added here, too.
        Assert.Equal(
            typeof(GitHubClient).GetMethods(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.DeclaredOnly)
                .Where(method => method.ReturnType.IsAssignableTo(typeof(Task))).Select(method => method.Name).Order(StringComparer.Ordinal),
            calls.Keys.Order(StringComparer.Ordinal));

        static bool IsCall(string operation, string call) => System.Text.RegularExpressions.Regex.IsMatch(
            call.Split('?')[0], "^" + System.Text.RegularExpressions.Regex.Replace(System.Text.RegularExpressions.Regex.Escape(operation).Replace("\\ ", " ", StringComparison.Ordinal), @"\\\{[^}]+\}", "[^/]+") + "$");
    }

    [Fact]
    public async Task An_unlike_answer_is_caught_by_the_contract()
    {
        Server.Instead = _ => Microsoft.AspNetCore.Http.Results.Json(new { full_name = 7 });

        await Assert.ThrowsAsync<InvalidOperationException>(() => Client().GetRepositoryAsync(Token));
    }

    [Fact]
    public void Without_token_or_App_there_is_no_client()
    {
        var exception = Assert.Throws<FormatException>(() => Client(Options(token: null)));

        Assert.Contains("PIPELINE_GITHUB_TOKEN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_none_is_not_repeated()
    {
        var key = Convert.ToBase64String(Encoding.UTF8.GetBytes("planted-key"));

        var exception = Assert.Throws<FormatException>(() => Client(new() { Repository = new("ann", "blog"), AppId = "1", PrivateKey = $"-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----" }));

        Assert.DoesNotContain(key, exception.ToString(), StringComparison.Ordinal);
    }
}
