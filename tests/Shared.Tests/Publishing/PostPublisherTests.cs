using Pipeline.Publishing;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class PostPublisherTests
{
    private static readonly FixedClock Clock = new("2026-03-02T09:30:00Z");
    private static readonly DateOnly Day = new(2026, 3, 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_branch_has_one_commit_with_one_post_and_Jekyll_shows_it_at_the_predicted_url()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var draft = Drafts.Draft("The glass: \"steady\" {{ site.title }}", "Wind west, two. {{ 1111 | times: 3 }}\n\n{% assign x = 1 %}Soup.", ["kitchen", "invented"], ["soup", "log"]);

        var result = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(draft, Day, Token));

        Assert.Equal(("pipeline/post-2026-03-02", "_posts/2026-03-02-the-glass-steady-site-title.md"), (result.Branch, result.Path));
        Assert.Equal("1", blog.Git("rev-list", "--count", $"main..{result.Branch}"));
        Assert.Equal($"A\t{result.Path}", blog.Git("diff", "--name-status", "main", result.Branch));
        Assert.Equal(blog.Import.Commit, blog.Git("rev-parse", "main"));

        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", "--branch", result.Branch, blog.Repository.Folder, "clone");
        var build = await Jekyll.BuildAsync(blog.Sub("clone"), blog.Sub("site"), Token);
        Assert.True(build.ExitCode == 0, build.Output);
        Assert.Equal("/kitchen/2026/03/02/the-glass-steady-site-title/", result.Url);
        var page = build.Page(result.Url);
        Assert.Contains("The glass: \"steady\" site.title", System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains("Wind west, two. {{ 1111 | times: 3 }}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("3333", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ai_generated", page, StringComparison.Ordinal);
        Assert.Contains(result.Url, build.Page("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_run_finds_the_first_ones_post()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var first = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));

        var second = await blog.Publisher(Clock).PublishAsync(Drafts.Draft("Another title"), Day, Token);

        Assert.Equal(new PublishResult.AlreadyPublished(first.Branch, first.Path, first.Commit) { Ours = new(first.Commit, first.Path, first.Text) }, second);
    }

    [Fact]
    public async Task Killed_at_any_call_and_run_again_there_is_one_branch_with_one_commit()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var branch = new PostBranch(Day).ToString();
        foreach (var afterwards in new[] { false, true })
        {
            var calls = 0;
            for (var died = true; died; calls++)
            {
                var dying = new DyingRepository(blog.Repository, calls, afterwards);
                try
                {
                    await blog.Publisher(Clock, dying).PublishAsync(Drafts.Draft(), Day, Token);
                }
                catch (InvalidOperationException)
                {
                    Assert.True(dying.Died);
                }

                died = dying.Died;
                var again = await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token);

                Assert.IsNotType<PublishResult.Rejected>(again);
                Assert.Equal([new BranchHead(branch, blog.Git("rev-parse", branch))], await blog.Repository.ListBranchesAsync("pipeline", Token));
                Assert.Equal(blog.Import.Commit, blog.Git("rev-parse", $"{branch}^"));
                Assert.Equal("A\t_posts/2026-03-02-a-calm-week.md", blog.Git("diff", "--name-status", "main", branch));
                blog.Git("branch", "--quiet", "-D", branch);
            }

            // Find, find, list, list, list, commit, branch; and the round in which nobody died.
            Assert.Equal(8, calls);
        }

        Assert.Equal(blog.Import.Commit, blog.Git("rev-parse", "main"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_who_commits_in_any_gap_keeps_every_commit(bool dies)
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var branch = new PostBranch(Day).ToString();
        var onBranch = 0;
        foreach (var afterwards in new[] { false, true })
        {
            for (var (gap, reached) = (0, true); reached; gap++)
            {
                var persons = new List<string>();
                var repository = new DyingRepository(blog.Repository, gap, afterwards, dies, () =>
                {
                    // On the post if it is there, and on the blog itself.
                    foreach (var name in blog.Git("for-each-ref", "--format=%(refname:short)").Split('\n'))
                    {
                        onBranch += name == branch ? 1 : 0;
                        var tree = blog.Git("rev-parse", $"{name}^{{tree}}");
                        var commit = blog.Git("commit-tree", "-m", $"By hand {persons.Count}", "-p", name, tree);
                        blog.Git("update-ref", $"refs/heads/{name}", commit);
                        persons.Add($"{name} {commit}");
                    }
                });
                await Record.ExceptionAsync(() => blog.Publisher(Clock, repository).PublishAsync(Drafts.Draft(), Day, Token));
                reached = repository.Died;

                var again = await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token);

                Assert.IsNotType<PublishResult.Rejected>(again);
                Assert.All(persons, person => Assert.Equal("", blog.Git("rev-list", person.Split(' ')[1], "--not", person.Split(' ')[0])));
                var posts = blog.Git("log", "--format=%s", $"main..{branch}").Split('\n');
                Assert.Single(posts, subject => subject == "Add the generated post of 2026-03-02");
                Assert.Equal("A\t_posts/2026-03-02-a-calm-week.md", blog.Git("diff", "--name-status", $"main...{branch}"));
                blog.Git("update-ref", "-d", $"refs/heads/{branch}");
                blog.Git("update-ref", "refs/heads/main", blog.Import.Commit);
            }
        }

        Assert.True(onBranch > 0);
    }

    [Theory]
    [InlineData("unmarked")]
    [InlineData("renamed")]
    [InlineData("removed")]
    public async Task A_person_who_makes_the_post_his_own_before_it_was_noted_is_still_known_to_work_on_ours(string what)
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var first = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));
        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", "--branch", first.Branch, blog.Repository.Folder, "clone");
        var file = Path.Combine(blog.Sub("clone"), first.Path);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Token)).Replace("ai_generated: true\n", "", StringComparison.Ordinal), Token);
        if (what == "removed")
        {
            File.Delete(file);
        }
        else if (what == "renamed")
        {
            File.Move(file, file.Replace("a-calm-week", "mine", StringComparison.Ordinal));
        }

        GitBlog.RunGit(blog.Sub("clone"), "add", "-A");
        GitBlog.RunGit(blog.Sub("clone"), "commit", "--quiet", "-m", "Mine now");
        GitBlog.RunGit(blog.Sub("clone"), "push", "--quiet");
        var edited = blog.Git("rev-parse", first.Branch);

        var again = await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token);

        if (what == "removed")
        {
            Assert.Contains("took the generated post", Assert.IsType<PublishResult.Skipped>(again).Reason, StringComparison.Ordinal);
        }
        else
        {
            var path = what == "renamed" ? "_posts/2026-03-02-mine.md" : first.Path;
            Assert.Equal(new PublishResult.AlreadyPublished(first.Branch, path, edited) { Ours = new(first.Commit, first.Path, first.Text) }, again);
        }

        Assert.Equal(edited, blog.Git("rev-parse", first.Branch));
    }

    [Fact]
    public async Task Ten_publishers_at_once_make_one_branch()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => blog.Publisher(Clock).PublishAsync(Drafts.Draft($"Title {n}"), Day, Token)));

        var published = Assert.Single(results.OfType<PublishResult.Published>());
        Assert.All(results.OfType<PublishResult.AlreadyPublished>(), result => Assert.Equal((published.Path, published.Commit), (result.Path, result.Commit)));
        Assert.Equal(9, results.OfType<PublishResult.AlreadyPublished>().Count());
    }

    [Fact]
    public async Task A_persons_commit_on_the_branch_stays()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var first = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));
        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", "--branch", first.Branch, blog.Repository.Folder, "clone");
        await File.AppendAllTextAsync(Path.Combine(blog.Sub("clone"), first.Path), "By hand.\n", Token);
        GitBlog.RunGit(blog.Sub("clone"), "commit", "--quiet", "-am", "Edit");
        GitBlog.RunGit(blog.Sub("clone"), "push", "--quiet");
        var edited = blog.Git("rev-parse", first.Branch);

        var again = await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token);

        Assert.Equal(new PublishResult.AlreadyPublished(first.Branch, first.Path, edited) { Ours = new(first.Commit, first.Path, first.Text) }, again);
        Assert.Equal(edited, blog.Git("rev-parse", first.Branch));
    }

    [Fact]
    public async Task A_commit_that_a_person_amended_is_not_ours_and_what_we_wrote_is_known_all_the_same()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var first = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));
        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", "--branch", first.Branch, blog.Repository.Folder, "clone");
        await File.AppendAllTextAsync(Path.Combine(blog.Sub("clone"), first.Path), "By hand.\n", Token);
        GitBlog.RunGit(blog.Sub("clone"), "commit", "--quiet", "--amend", "--no-edit", "-a");
        GitBlog.RunGit(blog.Sub("clone"), "push", "--quiet", "--force");

        var again = Assert.IsType<PublishResult.AlreadyPublished>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));

        Assert.Contains("Pipeline-Post: 2026-03-02 sha256:", blog.Git("log", "-1", "--format=%B", first.Branch), StringComparison.Ordinal);
        Assert.Equal(new OwnVersion(null, first.Path, first.Text), again.Ours);
    }

    [Fact]
    public async Task A_branch_of_that_name_that_is_not_ours_is_left_alone()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        blog.Git("branch", "pipeline/post-2026-03-02", "main");

        var result = Assert.IsType<PublishResult.Rejected>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));

        Assert.Contains("pipeline/post-2026-03-02", result.Reason, StringComparison.Ordinal);
        Assert.Equal(blog.Import.Commit, blog.Git("rev-parse", "pipeline/post-2026-03-02"));
    }

    [Fact]
    public async Task A_merged_post_counts_after_its_branch_is_gone()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var first = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));
        blog.Git("update-ref", "refs/heads/main", first.Commit);
        blog.Git("branch", "-D", first.Branch);

        Assert.Equal(new PublishResult.AlreadyPublished(first.Branch, first.Path, first.Commit) { Ours = new(first.Commit, first.Path, first.Text) }, await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day, Token));
        Assert.Equal(Day.AddDays(1), await blog.Publisher(Clock).NextFreeDayAsync(Day, Token));
    }

    [Fact]
    public async Task The_next_free_day_has_neither_branch_nor_post_of_ours()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var publisher = blog.Publisher(Clock);

        Assert.Equal(Day, await publisher.NextFreeDayAsync(Day, Token));
        await publisher.PublishAsync(Drafts.Draft(), Day, Token);
        await publisher.PublishAsync(Drafts.Draft(), Day.AddDays(1), Token);
        Assert.Equal(Day.AddDays(2), await publisher.NextFreeDayAsync(Day, Token));
        // The blogger's own post of that day is no hindrance.
        Assert.Equal(new DateOnly(2026, 2, 1), await publisher.NextFreeDayAsync(new DateOnly(2026, 2, 1), Token));
    }

    [Fact]
    public async Task Posts_of_two_days_with_one_title_get_two_names()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);

        await blog.Publisher(Clock).PublishAsync(Drafts.Draft("Fog again"), Day, Token);
        var second = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft("Fog again"), Day.AddDays(1), Token));

        Assert.Equal("_posts/2026-03-03-fog-again-2.md", second.Path);
    }

    [Fact]
    public async Task A_post_ahead_of_today_is_shown_at_once()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);

        var result = Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), Day.AddDays(5), Token));

        Assert.Equal("_posts/2026-03-07-a-calm-week.md", result.Path);
        Assert.Equal("/2026/03/02/a-calm-week/", result.Url);
    }

    [Fact]
    public async Task A_draft_without_text_and_a_missing_base_branch_are_refused()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);
        var elsewhere = new PostPublisher(blog.Repository, blog.Profile, new PublishOptions { BaseBranch = "trunk" }, Clock);

        Assert.IsType<PublishResult.Rejected>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(body: "<script>x()</script>"), Day, Token));
        Assert.Contains("trunk", Assert.IsType<PublishResult.Rejected>(await elsewhere.PublishAsync(Drafts.Draft(), Day, Token)).Reason, StringComparison.Ordinal);
        Assert.Empty(await blog.Repository.ListBranchesAsync(PostBranch.Prefix, Token));
    }
}
