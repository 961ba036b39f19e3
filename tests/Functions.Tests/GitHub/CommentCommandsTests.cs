using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.GitHub;

/// <summary>Comments on a pull request that act on its branch.</summary>
public sealed class CommentCommandsTests(GitHubFixture fixture) : PullRequestTest(fixture), IClassFixture<GitHubFixture>
{
    [Fact]
    public async Task Pick_puts_another_candidate_on_the_same_branch_and_says_so()
    {
        var before = GitHub.Git.Run("rev-parse", Branch);

        await CommentAsync("/pick 2");

        Assert.Equal(before, GitHub.Git.Run("rev-parse", $"{Branch}^"));
        Assert.Equal("A\t_posts/2026-03-02-the-second.md", GitHub.Git.Run("diff", "--name-status", "main", Branch));
        Assert.Contains("The second text.", GitHub.Git.Run("show", $"{Branch}:_posts/2026-03-02-the-second.md"), StringComparison.Ordinal);
        var pull = Assert.Single(GitHub.Server.PullRequests);
        Assert.Equal("Generated post: The second", pull.Title);
        Assert.Equal(2, PullRequestText.Parse(pull.Title, pull.Body)!.Chosen);
        Assert.Contains("Candidate 2 has taken", Assert.Single(pull.Comments), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Title_and_tags_change_the_front_matter_and_nothing_else()
    {
        await CommentAsync("/title A {{ better }} <b>title</b>", id: 1);
        await CommentAsync("/tags SOUP", id: 2);

        var post = GitHub.Git.Run("show", $"{Branch}:_posts/2026-03-02-the-first.md");
        Assert.Contains("A better title", post, StringComparison.Ordinal);
        Assert.Contains("soup", post, StringComparison.Ordinal);
        Assert.Contains("The first text.", post, StringComparison.Ordinal);
        Assert.Equal("Generated post: A better title", GitHub.Server.PullRequests[0].Title);

        await CommentAsync("/tags unheard-of", id: 3);
        Assert.Contains("does not use unheard-of", GitHub.Server.PullRequests[0].Comments[^1], StringComparison.Ordinal);
        Assert.Equal("3", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
    }

    [Theory]
    [InlineData("cyd")]
    [InlineData("eve")]
    public async Task Who_may_not_write_is_not_heard(string login)
    {
        await CommentAsync("/pick 2", login);

        Assert.Equal("1", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
        Assert.Empty(GitHub.Server.PullRequests[0].Comments);
    }

    [Fact]
    public async Task A_comment_acts_once_and_a_persons_commit_is_never_written_over()
    {
        await CommentAsync("/pick 2", id: 9);
        await CommentAsync("/pick 2", id: 9);
        Assert.Single(GitHub.Server.PullRequests[0].Comments);
        var edited = GitHub.Git.Commit(Branch, "Edit", ("_posts/2026-03-02-the-second.md", "By hand."));

        await CommentAsync("/pick 1", id: 10);

        Assert.Equal(edited, GitHub.Git.Run("rev-parse", Branch));
        Assert.Contains("never written over", GitHub.Server.PullRequests[0].Comments[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_that_come_at_once_and_twice_are_all_acted_on_once_one_on_top_of_the_other()
    {
        (string Text, long Id)[] comments = [("/pick 2", 1), ("/title Another title", 2), ("/tags soup", 3), ("/hold", 4)];

        await WithCommandsAsync(commands => Task.WhenAll(comments.Concat(comments).Select(comment => commands.ActAsync(Comment(comment.Text, "ann", comment.Id), Token))));

        Assert.Equal("4", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
        Assert.Equal(4, GitHub.Server.PullRequests[0].Comments.Count);
        Assert.DoesNotContain(GitHub.Server.PullRequests[0].Comments, answer => answer.Contains("not ours", StringComparison.Ordinal));
        var noted = (await Records.ReadAsync(Day, Token))!.Value.Record;
        Assert.Equal([1, 2, 3, 4], noted.Comments.Order());
        Assert.Equal((true, 2), (noted.Held, noted.Card.Chosen));
        Assert.Equal(GitHub.Git.Run("rev-parse", Branch), noted.Commit);
    }

    [Fact]
    public async Task What_another_instance_noted_meanwhile_is_not_written_over_and_the_comment_acts_when_it_is_run_again()
    {
        // The other one is faster by a hair: it notes its comment just before this one's note.
        var interfered = false;
        Calls.After = request =>
        {
            if (!interfered && request.Method == HttpMethod.Patch)
            {
                interfered = true;
                var (record, etag) = Records.ReadAsync(Day, Token).GetAwaiter().GetResult()!.Value;
                Records.WriteAsync(record with { Held = true, Comments = [77] }, BlobCondition.Matches(etag), Token).GetAwaiter().GetResult();
            }
        };
        await Assert.ThrowsAsync<BlobConditionException>(() => CommentAsync("/pick 2"));
        Calls.After = null;

        await CommentAsync("/pick 2");

        var noted = (await Records.ReadAsync(Day, Token))!.Value.Record;
        Assert.Equal((true, 2), (noted.Held, noted.Card.Chosen));
        Assert.Equal([77, 5], noted.Comments);
        Assert.Equal("2", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
        Assert.Single(GitHub.Server.PullRequests[0].Comments);
    }

    [Fact]
    public async Task Cut_off_at_any_call_and_run_again_a_comment_has_acted_once()
    {
        for (var dieAt = 0; ; dieAt++)
        {
            var (left, died) = (dieAt, false);
            Calls.After = _ =>
            {
                if (left-- == 0)
                {
                    died = true;
                    throw new InvalidOperationException("The process died.");
                }
            };
            await Record.ExceptionAsync(() => CommentAsync("/pick 2"));
            Calls.After = null;
            await CommentAsync("/pick 2");

            Assert.Equal("2", GitHub.Git.Run("rev-list", "--count", $"main..{Branch}"));
            Assert.Equal("A\t_posts/2026-03-02-the-second.md", GitHub.Git.Run("diff", "--name-status", "main", Branch));
            Assert.InRange(GitHub.Server.PullRequests[0].Comments.Count, 0, 1);
            if (!died)
            {
                break;
            }

            GitHub.Reset();
            await Store.DeleteAsync(PostRecords.BlobOf(Day), BlobCondition.None, Token);
            await OpenAsync();
        }
    }

    [Fact]
    public async Task Hold_labels_the_pull_request_and_takes_automatic_merging_back()
    {
        GitHub.Server.PullRequests[0].AutoMerge = true;

        await CommentAsync("/hold");

        Assert.False(GitHub.Server.PullRequests[0].AutoMerge);
        Assert.Contains("on-hold", GitHub.Server.PullRequests[0].Labels);
    }

    [Fact]
    public async Task A_comment_on_a_post_that_was_never_noted_is_acted_on_all_the_same()
    {
        var (record, _) = (await Records.ReadAsync(Day, Token))!.Value;
        await Records.WriteAsync(new() { Card = record.Card, Created = TimeProvider.System.GetUtcNow() }, BlobCondition.None, Token);

        await CommentAsync("/pick 2");

        Assert.Equal("A\t_posts/2026-03-02-the-second.md", GitHub.Git.Run("diff", "--name-status", "main", Branch));
        Assert.Contains("Candidate 2 has taken", Assert.Single(GitHub.Server.PullRequests[0].Comments), StringComparison.Ordinal);
        var noted = (await Records.ReadAsync(Day, Token))!.Value.Record;
        Assert.Equal((1, true, 2), (noted.PullRequest!.Number, noted.Done, noted.Card.Chosen));
    }
}
