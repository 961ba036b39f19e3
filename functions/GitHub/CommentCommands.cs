using Pipeline.Costs;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.GitHub;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Functions.GitHub;

/// <summary>
/// Acts on what people who may write to the blog ask for in comments on a pull request. A comment is acted on once; cut off and run
/// again it ends the same, since what it decides is put down before it shows.
/// </summary>
internal sealed partial class CommentCommands(
    BlogConnection blog, PostRecords records, BlogSource blogs, GateSource gates, CandidateWriter writer, ServingModels models, ILogger<CommentCommands> logger) : IDisposable
{
    private const string HoldLabel = "on-hold";

    private readonly SemaphoreSlim gate = new(1, 1);

    /// <summary>Acts on a comment, one at a time: the next one stands on the commit of the one before.</summary>
    /// <exception cref="BlobConditionException">Another instance acted at the same time; run again, it stands on that.</exception>
    public async Task ActAsync(PostComment comment, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            await ActAloneAsync(comment, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => gate.Dispose();

    private async Task ActAloneAsync(PostComment comment, CancellationToken cancellationToken)
    {
        if (blog.GitHub is not { } github
            || PostCommand.Parse(comment.Body) is not { } command
            || await github.FindPullRequestAsync(comment.Number, cancellationToken) is not { IsOpen: true } request
            || !github.Repository.Is(request.Head.Repo?.FullName)
            || !PostBranch.TryParse(request.Head.Ref, out var branch)
            || await records.ReadAsync(branch.Day, cancellationToken) is not var (found, etag)
            || found.Comments.Contains(comment.Id)
            || await blog.AdoptAsync(found, request, cancellationToken) is not { PullRequest: not null } record
            || record.PullRequest.Number != comment.Number)
        {
            return;
        }

        if (!await github.MayWriteAsync(comment.Login, cancellationToken))
        {
            // No answer either: nobody else shall make us write.
            Log.NotAllowed(logger, comment.Login, comment.Number);
            return;
        }

        var target = await blog.OpenAsync(cancellationToken);
        var (version, refusal) = (etag, (string?)null);
        if (command is PostCommand.Reroll && record.Reroll?.Comment != comment.Id)
        {
            (record, version, refusal) = await DrawAsync(record, etag, comment, cancellationToken);
        }

        var (changed, answer) = command switch
        {
            PostCommand.Pick(var number) => await PickAsync(target, record, number, comment, cancellationToken),
            PostCommand.Reroll => refusal is null ? await TakeDrawnAsync(target, record, comment, cancellationToken) : (record, refusal),
            PostCommand.Title(var text) => await EditAsync(target, record, text, tags: null, comment, cancellationToken),
            PostCommand.Tags(var names) => await EditAsync(target, record, title: null, names, comment, cancellationToken),
            PostCommand.Hold => (record with { Held = true }, await HoldAsync(github, request, cancellationToken)),
            PostCommand.Unclear(var reason) => (record, reason),
            _ => throw new InvalidOperationException($"{command.GetType().Name} is no known command."),
        };
        if (changed.Commit != record.Commit)
        {
            await DescribeAsync(github, target, request, changed, cancellationToken);
        }

        await records.WriteAsync(changed with { Comments = [.. changed.Comments, comment.Id] }, BlobCondition.Matches(version), cancellationToken);
        await github.AddCommentAsync(comment.Number, answer, cancellationToken);
        Log.Acted(logger, command.GetType().Name, comment.Login, comment.Number, answer);
    }

    private async Task<(PostRecord Record, string Answer)> PickAsync(BlogTarget target, PostRecord record, int number, PostComment comment, CancellationToken cancellationToken)
    {
        if (number > record.Card.Candidates.Count)
        {
            return (record, $"There are {record.Card.Candidates.Count} candidates.");
        }

        var failed = record.Card.Candidates[number - 1].Reasons;
        return await ReplaceAsync(
            target,
            record with { Card = record.Card with { Chosen = number } },
            $"Candidate {number} has taken the post's place.{(failed.Count > 0 ? " The quality gates refuse it: look twice." : "")}",
            record,
            comment,
            cancellationToken);
    }

    // New candidates are put down before one of them shows; a run that goes on from here takes the same.
    private async Task<(PostRecord Record, string ETag, string? Refusal)> DrawAsync(PostRecord record, string etag, PostComment comment, CancellationToken cancellationToken)
    {
        using var loan = await models.BorrowAsync(cancellationToken);
        var profile = await blogs.ReadAsync(cancellationToken);
        ReportCard card;
        try
        {
            card = await writer.WriteAsync(loan, profile, await gates.ForAsync(loan, record.Card.Day, cancellationToken), record.Card.Day, record.Card, cancellationToken);
        }
        catch (CapReachedException exception)
        {
            return (record, etag, $"No new candidates are written. {exception.Message}");
        }

        var drawn = record with { Card = card with { Chosen = record.Card.Chosen }, Reroll = new(comment.Id, card.Chosen) };
        return (drawn, await records.WriteAsync(drawn, BlobCondition.Matches(etag), cancellationToken), null);
    }

    private async Task<(PostRecord Record, string Answer)> TakeDrawnAsync(BlogTarget target, PostRecord drawn, PostComment comment, CancellationToken cancellationToken)
    {
        var best = drawn.Reroll!.Chosen;
        return drawn.Card.Candidates[best - 1].Passed
            ? await ReplaceAsync(target, drawn with { Card = drawn.Card with { Chosen = best } }, $"Candidate {best}, the best of the new ones, has taken the post's place.", drawn, comment, cancellationToken)
            : (drawn, $"None of the new candidates passes the quality gates, and the post stays as it is. The best one is candidate {best}; `/pick {best}` takes it all the same.");
    }

    private async Task<(PostRecord Record, string Answer)> ReplaceAsync(
        BlogTarget target, PostRecord chosen, string done, PostRecord before, PostComment comment, CancellationToken cancellationToken)
    {
        var revision = new PostRevision(target.Repository, await blogs.ReadAsync(cancellationToken), target.Options);
        var result = await revision.ReplaceAsync(before, CandidateWriter.DraftOf(chosen.Card, chosen.Card.Chosen), comment.Created, cancellationToken);
        return Outcome(result, chosen, before, done);
    }

    private async Task<(PostRecord Record, string Answer)> EditAsync(
        BlogTarget target, PostRecord record, string? title, IReadOnlyList<string>? tags, PostComment comment, CancellationToken cancellationToken)
    {
        var revision = new PostRevision(target.Repository, await blogs.ReadAsync(cancellationToken), target.Options);
        return Outcome(await revision.EditAsync(record, title, tags, comment.Created, cancellationToken), record, record, title is null ? "The tags are changed." : "The title is changed.");
    }

    private static (PostRecord Record, string Answer) Outcome(RevisionResult result, PostRecord changed, PostRecord before, string done) => result switch
    {
        RevisionResult.Changed(var path, var commit, var text, _) => (changed with { Path = path, Commit = commit, Text = text }, done),
        RevisionResult.Refused(var reason) => (before, reason),
        _ => throw new InvalidOperationException($"{result.GetType().Name} is no known result."),
    };

    private static async Task<string> HoldAsync(GitHubClient github, PullRequest request, CancellationToken cancellationToken)
    {
        await github.AddLabelsAsync(request.Number, [HoldLabel], cancellationToken);
        return request.AutoMerge is { ValueKind: System.Text.Json.JsonValueKind.Object } && await github.DisableAutoMergeAsync(request, cancellationToken) is { } refused
            ? $"Automatic merging could not be taken back: {refused}"
            : "On hold: nothing merges by itself.";
    }

    private static async Task DescribeAsync(GitHubClient github, BlogTarget target, PullRequest request, PostRecord record, CancellationToken cancellationToken)
    {
        var parent = await target.Repository.FindBranchAsync(target.Options.BaseBranch, cancellationToken) ?? request.Base.Sha;
        var title = PostFile.Parse(record.Text!, record.Path!).Title;
        var text = PullRequestText.Of(record.Card, title, path => target.PullRequests!.PageOf(parent, path));
        await github.UpdatePullRequestAsync(request.Number, new(text.Title, text.Body), cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Command} by {Login} on pull request {Number}: {Answer}")]
        public static partial void Acted(ILogger logger, string command, string login, int number, string answer);

        [LoggerMessage(2, LogLevel.Warning, "{Login} may not write to the blog; the comment on pull request {Number} is not acted on.")]
        public static partial void NotAllowed(ILogger logger, string login, int number);
    }
}
