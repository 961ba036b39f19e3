using System.Globalization;
using System.Text.Json;
using Pipeline.Costs;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Serving;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Functions.PublishPost;

/// <summary>
/// Writes a day's post: candidates, gates, front matter, branch, pull request. It may run twice or die at any line: a day has one post.
/// Candidates are put down before anything shows, so that a run that was cut off is finished with the same post.
/// </summary>
internal sealed class DailyPost(
    ServingModels models, BlogSource blogs, GateSource gates, CandidateWriter writer, BlogConnection blog, PostRecords records, IBlobStore store, PipelineSettings settings, TimeProvider clock)
{
    /// <summary>Writes today's post; one that exists is left as it is.</summary>
    /// <exception cref="NoModelException">No model is in service.</exception>
    /// <exception cref="BlogRepositoryException">The blog's repository cannot be read or written.</exception>
    public async Task<PublishAnswer> WriteTodayAsync(CancellationToken cancellationToken)
    {
        var today = Today();
        var record = (await records.ReadAsync(today, cancellationToken))?.Record;
        // A record without a pull request may be that of a repository on this machine, from before the blog was on GitHub.
        if (record is { Done: true } && (blog.GitHub is null || record.PullRequest is not null))
        {
            return AnswerOf(record) with { Reason = "the day has its post" };
        }

        var target = await blog.OpenAsync(cancellationToken);
        var days = new PostDays(target.Repository, target.PullRequests, target.Options);
        var existing = await days.FindBaseAsync(cancellationToken) is { } parent ? await days.FindAsync(today, parent, cancellationToken) : null;
        // Without a record of ours there is nothing to finish.
        return existing is not null && record is null
            ? AnswerOf(existing, today)
            : await WriteAsync(target, today, cancellationToken);
    }

    /// <summary>Writes the post of the next day that has none, beginning with today.</summary>
    /// <exception cref="NoModelException">No model is in service.</exception>
    /// <exception cref="BlogRepositoryException">The blog's repository cannot be read or written.</exception>
    public async Task<PublishAnswer> WriteNextAsync(CancellationToken cancellationToken)
    {
        var target = await blog.OpenAsync(cancellationToken);
        var days = new PostDays(target.Repository, target.PullRequests, target.Options);
        return await WriteAsync(target, await days.NextFreeAsync(Today(), cancellationToken), cancellationToken);
    }

    private DateOnly Today() =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(settings.TimeZone)).DateTime);

    private async Task<PublishAnswer> WriteAsync(BlogTarget target, DateOnly day, CancellationToken cancellationToken)
    {
        // Before the model is asked for anything.
        var days = new PostDays(target.Repository, target.PullRequests, target.Options);
        if (await days.WaitingAsync(day, cancellationToken) is { } waiting)
        {
            // Why a day has no post stands with the days that have one.
            await WriteAnswerAsync(AnswerOf(waiting, day), cancellationToken);
            return AnswerOf(waiting, day);
        }

        var exists = await days.FindBaseAsync(cancellationToken) is { } parent && await days.FindAsync(day, parent, cancellationToken) is not null;
        var profile = await blogs.ReadAsync(cancellationToken);
        PostRecord record;
        string etag;
        try
        {
            (record, etag) = await RecordAsync(profile, day, exists, cancellationToken);
        }
        catch (CapReachedException exception)
        {
            var none = new PublishAnswer { Day = day, Reason = $"no post today: {exception.Message}" };
            await WriteAnswerAsync(none, cancellationToken);
            return none;
        }

        if (record.Reason is null)
        {
            var draft = CandidateWriter.DraftOf(record.Card, record.Card.Chosen);
            var result = await new PostPublisher(target.Repository, profile, target.Options, clock, target.PullRequests).PublishAsync(draft, day, record.Card, cancellationToken);
            if (result is PublishResult.Skipped or PublishResult.Rejected)
            {
                await WriteAnswerAsync(AnswerOf(result, day), cancellationToken);
                return AnswerOf(result, day);
            }

            record = await FinishAsync(record, etag, result, cancellationToken);
            var answer = AnswerOf(record) with { Reason = result is PublishResult.AlreadyPublished ? "the day had its post already" : NotesOf(result) };
            await WriteAnswerAsync(answer, cancellationToken);
            return answer;
        }

        await WriteAnswerAsync(AnswerOf(record), cancellationToken);
        return AnswerOf(record);
    }

    private async Task<PostRecord> FinishAsync(PostRecord record, string etag, PublishResult result, CancellationToken cancellationToken)
    {
        while (true)
        {
            var finished = record.Finish(result);
            try
            {
                await records.WriteAsync(finished, BlobCondition.Matches(etag), cancellationToken);
                return finished;
            }
            catch (BlobConditionException) when (!cancellationToken.IsCancellationRequested)
            {
                // Another instance, or a comment that came as soon as the pull request was there: what was made of the post since must stay noted.
                (record, etag) = await records.ReadAsync(record.Card.Day, cancellationToken)
                    ?? throw new BlogRepositoryException($"The record of {record.Card.Day:yyyy-MM-dd} vanished. Run it again.");
                if (record.Done)
                {
                    return record;
                }
            }
        }
    }

    private async Task<(PostRecord Record, string ETag)> RecordAsync(BlogProfile profile, DateOnly day, bool exists, CancellationToken cancellationToken)
    {
        using var loan = await models.BorrowAsync(cancellationToken);
        var known = await records.ReadAsync(day, cancellationToken);
        if (known is var (record, version) && IsStillGood(record, exists, loan.Manifest.Version))
        {
            return (record, version);
        }

        var card = await writer.WriteAsync(loan, profile, await gates.ForAsync(loan, day, cancellationToken), day, before: null, cancellationToken);
        var best = card.Candidates[card.Chosen - 1];
        var written = new PostRecord
        {
            Card = card,
            Created = clock.GetUtcNow(),
            Reason = best.Passed || settings.Gates != "strict"
                ? null
                : $"no post today: none of {card.Candidates.Count} candidates passes the quality gates; the best one: {string.Join(" ", best.Reasons)}",
        };
        try
        {
            return (written, await records.WriteAsync(written, known is var (_, etag) ? BlobCondition.Matches(etag) : BlobCondition.Absent, cancellationToken));
        }
        catch (BlobConditionException) when (known is null)
        {
            // Another instance was faster, and its candidates count.
            return await records.ReadAsync(day, cancellationToken) ?? throw new BlogRepositoryException($"The record of {day:yyyy-MM-dd} appeared and vanished again. Run it again.");
        }
    }

    // What is in the repository stays. What was finished and is not there went to another repository. What was cut off is gone on with, unless
    // the gates have become strict since; and a day without a post may have one by another model, or under other gates.
    private bool IsStillGood(PostRecord record, bool exists, string version) =>
        exists || (record.Reason is null
            ? !record.Done && (record.Chosen.Passed || settings.Gates != "strict")
            : record.Card.Provenance.Model == version && settings.Gates == "strict");

    private async Task WriteAnswerAsync(PublishAnswer answer, CancellationToken cancellationToken) => await store.WriteAsync(
        new(Containers.Published, string.Create(CultureInfo.InvariantCulture, $"{answer.Day:yyyy-MM-dd}.json")),
        JsonSerializer.SerializeToUtf8Bytes(answer, PublishJson.Default.PublishAnswer),
        BlobCondition.None,
        cancellationToken);

    private static string? NotesOf(PublishResult result) => result is PublishResult.Published { Notes: { Length: > 0 } notes } ? notes : null;

    private static PublishAnswer AnswerOf(PostRecord record) => new()
    {
        Day = record.Card.Day,
        Path = record.Path,
        Branch = record.Branch,
        Commit = record.Commit,
        Version = record.Card.Provenance.Model,
        Candidates = record.Card.Candidates.Count,
        Failed = record.Chosen.Reasons,
        Text = record.Text,
        PullRequest = record.PullRequest?.Number,
        PullRequestUrl = record.PullRequest?.Url,
        Reason = record.Reason,
    };

    private static PublishAnswer AnswerOf(PublishResult result, DateOnly day) => result switch
    {
        PublishResult.AlreadyPublished published => new()
        {
            Day = day,
            Path = published.Path,
            Branch = published.Branch,
            Commit = published.Commit,
            PullRequest = published.PullRequest?.Number,
            PullRequestUrl = published.PullRequest?.Url,
            Reason = "the day has its post",
        },
        PublishResult.Skipped(var reason) => new() { Day = day, Reason = reason },
        PublishResult.Rejected(var reason) => new() { Day = day, Reason = reason },
        _ => throw new InvalidOperationException($"{result.GetType().Name} is no known result of publishing."),
    };
}
