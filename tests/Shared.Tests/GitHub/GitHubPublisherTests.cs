using Pipeline.GitHub;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Shared.Tests.Publishing;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.GitHub;

public sealed class GitHubPublisherTests(GitHubFixture fixture) : GitHubTest(fixture), IClassFixture<GitHubFixture>
{
    private const string Branch = "pipeline/post-2026-03-02";
    private static readonly DateOnly Day = new(2026, 3, 2);
    private static readonly FixedClock Now = new("2026-03-02T09:30:00Z");
    private static readonly BlogProfile Blog = BlogProfile.Read(BlogFolder.Open(GitBlog.SampleBlog));

    [Fact]
    public async Task A_draft_with_label_reviewer_and_report_is_opened_and_its_branch_builds_in_Jekyll()
    {
        var draft = Drafts.Draft("The glass @ann: \"steady\" on", "Wind west, two. {{ 1111 | times: 3 }}\n\n{% assign x = 1 %}Soup, fixes #1.", ["kitchen"], ["soup"]);
        var result = Assert.IsType<PublishResult.Published>(await PublishAsync(Client(), draft: draft, options: new() { Reviewer = "ann" }));

        var pull = Assert.Single(Server.PullRequests);
        Assert.Equal((Branch, "main", true, 1), (pull.Head, pull.Base, pull.Draft, result.PullRequest!.Number));
        Assert.Equal(["ai-generated"], pull.Labels);
        Assert.Equal(["ann"], pull.Reviewers);
        Assert.False(pull.AutoMerge);
        Assert.Equal("Generated post: The glass ＠ann: \"steady\" on", pull.Title);
        Assert.Equal(1, PullRequestText.Parse(pull.Title, pull.Body)!.Chosen);
        Assert.Contains($"(https://github.example/ann/blog/blob/{GitHub.Git.Run("rev-parse", "main")}/_posts/2026-01-05-soup.md)", pull.Body, StringComparison.Ordinal);
        Assert.Contains("<details><summary>Candidate 2: Fog", pull.Body, StringComparison.Ordinal);
        Assert.Contains("/reroll", pull.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("@bea", pull.Body.Replace("```text\nHello @bea", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("#1", GitHub.Git.Run("log", "-1", "--format=%B", Branch), StringComparison.Ordinal);

        Assert.Equal("1", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
        GitBlog.RunGit(GitHub.Sub("."), "clone", "--quiet", "--branch", Branch, GitHub.Git.FullName, "clone");
        var build = await Jekyll.BuildAsync(GitHub.Sub("clone"), GitHub.Sub("site"), Token, "--strict_front_matter");
        Assert.True(build.ExitCode == 0, build.Output);
        Assert.Contains("Wind west, two. {{ 1111 | times: 3 }}", build.Page(result.Url), StringComparison.Ordinal);
        Assert.DoesNotContain("3333", build.Page(result.Url), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_at_any_call_and_run_again_there_is_one_branch_one_commit_and_one_pull_request()
    {
        var main = GitHub.Git.Run("rev-parse", "main");
        foreach (var afterwards in new[] { false, true })
        {
            var died = true;
            for (var dieAt = 0; died; dieAt++)
            {
                GitHub.Reset();
                died = false;
                var left = dieAt;
                void Die(HttpRequestMessage request)
                {
                    if (left-- == 0)
                    {
                        died = true;
                        throw new InvalidOperationException("The process died.");
                    }
                }

                var client = Client();
                Calls.Before = afterwards ? null : Die;
                Calls.After = afterwards ? Die : null;
                try
                {
                    await PublishAsync(client);
                }
                catch (InvalidOperationException exception)
                {
                    Assert.Equal("The process died.", exception.Message);
                }

                (Calls.Before, Calls.After) = (null, null);
                Assert.IsNotType<PublishResult.Rejected>(await PublishAsync(Client()));

                Assert.Equal($"refs/heads/main\nrefs/heads/{Branch}", GitHub.Git.Run("for-each-ref", "--format=%(refname)"));
                Assert.Equal(main, GitHub.Git.Run("rev-parse", $"{Branch}^"));
                Assert.Equal("A\t_posts/2026-03-02-a-calm-week.md", GitHub.Git.Run("diff", "--name-status", "main", Branch));
                var pull = Assert.Single(Server.PullRequests);
                Assert.Equal(("ai-generated", "ann"), (Assert.Single(pull.Labels), Assert.Single(pull.Reviewers)));
                Assert.True(dieAt < 40);
            }
        }

        Assert.Equal(main, GitHub.Git.Run("rev-parse", "main"));
    }

    [Fact]
    public async Task A_person_who_commits_in_any_gap_is_never_taken_for_us()
    {
        var gaps = 0;
        var died = true;
        for (var dieAt = 0; died; dieAt++)
        {
            GitHub.Reset();
            died = false;
            var left = dieAt;
            var client = Client();
            Calls.After = _ =>
            {
                if (left-- == 0)
                {
                    died = true;
                    throw new InvalidOperationException("The process died.");
                }
            };
            await Record.ExceptionAsync(() => PublishAsync(client));
            Calls.After = null;
            if (!GitHub.Git.Has($"refs/heads/{Branch}"))
            {
                continue;
            }

            gaps++;
            const string Path = "_posts/2026-03-02-a-calm-week.md";
            var (ours, text) = (GitHub.Git.Run("rev-parse", Branch), GitHub.Git.Run("show", $"{Branch}:{Path}"));
            var edited = GitHub.Git.Commit(Branch, "Edit", (Path, text + "\nBy hand.\n"));

            var again = Assert.IsType<PublishResult.AlreadyPublished>(await PublishAsync(Client()));

            Assert.Equal((edited, ours, text + "\n"), (again.Commit, again.Ours!.Commit, again.Ours.Text));
            var record = new PostRecord { Card = Card(Day), Created = Now.GetUtcNow() }.Finish(again);
            Assert.Equal((ours, text + "\n", true), (record.Commit, record.Text, record.Done));
            var options = new PublishOptions();
            var revision = new PostRevision(await GitHubRepository.OpenAsync(Client(), options, Token), Blog, options);
            Assert.IsType<RevisionResult.Refused>(await revision.ReplaceAsync(record, Drafts.Draft("Another"), Now.GetUtcNow(), Token));
            Assert.Equal(edited, GitHub.Git.Run("rev-parse", Branch));
            Assert.Single(Server.PullRequests);
        }

        Assert.True(gaps > 3, $"{gaps} gaps");
    }

    [Fact]
    public async Task Two_publishers_at_once_open_one_pull_request()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => PublishAsync(Client(), draft: Drafts.Draft($"Title {number}"))));

        Assert.Single(results.OfType<PublishResult.Published>());
        Assert.Equal(3, results.OfType<PublishResult.AlreadyPublished>().Count());
        Assert.Single(Server.PullRequests);
        Assert.Equal("1", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
    }

    [Fact]
    public async Task A_persons_commit_stays_and_a_second_run_changes_nothing()
    {
        var first = Assert.IsType<PublishResult.Published>(await PublishAsync(Client()));
        var edited = GitHub.Git.Commit(Branch, "Edit", (first.Path, GitHub.Git.Run("show", $"{Branch}:{first.Path}") + "\nBy hand.\n"));

        var second = Assert.IsType<PublishResult.AlreadyPublished>(await PublishAsync(Client()));

        Assert.Equal((edited, 1), (second.Commit, second.PullRequest!.Number));
        Assert.Equal(edited, GitHub.Git.Run("rev-parse", Branch));
    }

    [Fact]
    public async Task With_three_waiting_there_is_no_fourth_and_others_do_not_count()
    {
        for (var number = 0; number < 3; number++)
        {
            Assert.IsType<PublishResult.Published>(await PublishAsync(Client(), Day.AddDays(number - 3)));
        }

        Server.PullRequests.Add(new() { Number = 4, Head = "pipeline/post-2026-02-20", HeadRepository = "eve/blog", Base = "main", Title = "Not ours", Body = "" });
        var skipped = Assert.IsType<PublishResult.Skipped>(await PublishAsync(Client()));
        Assert.Contains("3 pull requests of ours wait", skipped.Reason, StringComparison.Ordinal);
        Assert.False(GitHub.Git.Has($"refs/heads/{Branch}"));

        Server.PullRequests[0].State = "closed";
        Assert.IsType<PublishResult.Published>(await PublishAsync(Client()));
    }

    [Fact]
    public async Task A_closed_pull_request_is_the_owners_last_word_for_the_day()
    {
        await PublishAsync(Client());
        Server.PullRequests[0].State = "closed";

        Assert.Equal(PullRequestState.Closed, Assert.IsType<PublishResult.AlreadyPublished>(await PublishAsync(Client())).PullRequest!.State);
        GitHub.Git.Run("update-ref", "-d", $"refs/heads/{Branch}");
        Assert.IsType<PublishResult.Skipped>(await PublishAsync(Client()));

        Assert.Single(Server.PullRequests);
    }

    [Fact]
    public async Task Directory_base_branch_and_automatic_merging_are_as_asked_for()
    {
        GitHub.Git.Run("update-ref", "refs/heads/trunk", "main");
        var result = Assert.IsType<PublishResult.Published>(await PublishAsync(Client(), options: new() { BaseBranch = "trunk", Directory = "news/_posts/", AutoMerge = true }));

        var pull = Assert.Single(Server.PullRequests);
        Assert.Equal(("trunk", false, true), (pull.Base, pull.Draft, pull.AutoMerge));
        Assert.Equal("news/_posts/2026-03-02-a-calm-week.md", result.Path);
    }

    [Fact]
    public async Task Where_drafts_are_not_to_be_had_the_pull_request_is_none_and_a_reviewer_who_may_not_is_noted()
    {
        Server.ForbidsDrafts = true;

        var result = Assert.IsType<PublishResult.Published>(await PublishAsync(Client(), options: new() { Reviewer = "eve" }));

        Assert.Contains("eve cannot be asked", result.Notes, StringComparison.Ordinal);
        Assert.False(Assert.Single(Server.PullRequests).Draft);
    }

    [Fact]
    public async Task A_rule_against_our_branches_an_archived_and_an_empty_repository_are_named_and_nothing_is_half_done()
    {
        Server.ForbidsBranches = true;
        Assert.Equal(GitHubFailure.Protected, (await Assert.ThrowsAsync<GitHubException>(() => PublishAsync(Client()))).Failure);
        Server.ForbidsBranches = false;
        Server.Archived = true;
        Assert.Contains("archived", (await Assert.ThrowsAsync<GitHubException>(() => PublishAsync(Client()))).Message, StringComparison.Ordinal);
        Server.Archived = false;
        Server.Empty = true;
        Assert.Equal(GitHubFailure.Empty, (await Assert.ThrowsAsync<GitHubException>(() => PublishAsync(Client()))).Failure);
        Server.Empty = false;
        Server.Name = "ann/new-blog";
        Assert.Equal(GitHubFailure.NotFound, (await Assert.ThrowsAsync<GitHubException>(() => PublishAsync(Client()))).Failure);

        Assert.Equal("refs/heads/main", GitHub.Git.Run("for-each-ref", "--format=%(refname)"));
        Assert.Empty(Server.PullRequests);
    }

    [Fact]
    public async Task A_listing_that_is_cut_off_is_walked_folder_by_folder()
    {
        Server.TruncatesTrees = true;
        var repository = await GitHubRepository.OpenAsync(Client(), new(), Token);

        var paths = await repository.ListPathsAsync(GitHub.Git.Run("rev-parse", "main"), Token);

        Assert.Equal(GitHub.Git.Run("ls-tree", "-r", "--name-only", "main").Split('\n').Order(StringComparer.Ordinal), paths.Order(StringComparer.Ordinal));
    }

    internal static ReportCard Card(DateOnly day) => new()
    {
        Day = day,
        Provenance = Drafts.Provenance,
        Chosen = 1,
        Seconds = 4.2,
        Candidates =
        [
            new()
            {
                Title = "A calm week",
                Body = "Wind west, two.",
                Seed = 42,
                Perplexity = 12.5,
                Sources = [new("tag", "soup", 11), new("none", "", 12.25), new("category", "log", 14)],
                Figures = [new QualityFigure("longest copied run", 14, 40, "<", "tokens", true, null)],
                Copied = [new CopiedText(14, "_posts/2026-01-05-soup.md", "the wind | was @bea west [x](y)")],
            },
            new() { Title = "Fog <b>", Body = "Hello @bea\n```\nclosed", Figures = [new QualityFigure("fewest words", 3, 80, "≥", "words", false, "The text has 3 words.")] },
        ],
    };

    private static async Task<PublishResult> PublishAsync(GitHubClient client, DateOnly? day = null, PostDraft? draft = null, PublishOptions? options = null)
    {
        options ??= new() { Reviewer = "ann" };
        var repository = await GitHubRepository.OpenAsync(client, options, Token);
        return await new PostPublisher(repository, Blog, options, Now, repository).PublishAsync(draft ?? Drafts.Draft(), day ?? Day, Card(day ?? Day), Token);
    }
}
