using System.Globalization;
using System.Text.Json;
using Pipeline.Functions.Serving;
using Pipeline.Generation;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Functions.PublishPost;

/// <summary>Writes a day's post: candidates, gates, front matter, branch. It may run twice or die at any line: a day has one post.</summary>
internal sealed class DailyPost(
    ServingModels models, BlogSource blogs, GateSource gates, CandidateWriter writer, IBlobStore store, PipelineSettings settings, TimeProvider clock)
{
    /// <summary>Writes today's post; one that exists is left as it is.</summary>
    /// <exception cref="NoModelException">No model is in service.</exception>
    public async Task<PublishAnswer> WriteTodayAsync(CancellationToken cancellationToken)
    {
        var publisher = await PublisherAsync(cancellationToken);
        var today = Today();
        return await publisher.Posts.NextFreeDayAsync(today, cancellationToken) == today
            ? await WriteAsync(publisher, today, cancellationToken)
            : new() { Day = today, Reason = "the day has its post" };
    }

    /// <summary>Writes the post of the next day that has none, beginning with today.</summary>
    /// <exception cref="NoModelException">No model is in service.</exception>
    public async Task<PublishAnswer> WriteNextAsync(CancellationToken cancellationToken)
    {
        var publisher = await PublisherAsync(cancellationToken);
        return await WriteAsync(publisher, await publisher.Posts.NextFreeDayAsync(Today(), cancellationToken), cancellationToken);
    }

    private DateOnly Today() =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(settings.TimeZone)).DateTime);

    private async Task<(PostPublisher Posts, BlogProfile Blog, LocalGitRepository Repository)> PublisherAsync(CancellationToken cancellationToken)
    {
        var folder = settings.BlogRepository
            ?? throw new FormatException("PIPELINE_BLOG_REPOSITORY is not set: name the git repository to which posts are committed.");
        var repository = await LocalGitRepository.OpenAsync(folder, cancellationToken);
        var blog = await blogs.ReadAsync(cancellationToken);
        return (new(repository, blog, new PublishOptions(), clock), blog, repository);
    }

    private async Task<PublishAnswer> WriteAsync((PostPublisher Posts, BlogProfile Blog, LocalGitRepository Repository) publisher, DateOnly day, CancellationToken cancellationToken)
    {
        using var loan = await models.BorrowAsync(cancellationToken);
        var candidates = await writer.WriteAsync(loan, publisher.Blog, await gates.ForAsync(loan, cancellationToken), day, cancellationToken);
        var best = candidates.OrderByDescending(candidate => candidate.Report.Passed).ThenByDescending(candidate => candidate.Report.Score).First();
        var answer = new PublishAnswer { Day = day, Version = loan.Manifest.Version, Candidates = candidates.Count, Failed = best.Report.Reasons };
        if (!best.Report.Passed && settings.Gates == "strict")
        {
            answer = answer with { Reason = $"none of {candidates.Count} candidates passes the quality gates; the best one: {string.Join(" ", best.Report.Reasons)}" };
        }
        else
        {
            answer = await PublishAsync(publisher, DraftOf(best, loan), answer, cancellationToken);
        }

        await store.WriteAsync(
            new(Containers.Published, string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}.json")),
            JsonSerializer.SerializeToUtf8Bytes(answer, PublishJson.Default.PublishAnswer),
            BlobCondition.None,
            cancellationToken);
        return answer;
    }

    private static async Task<PublishAnswer> PublishAsync(
        (PostPublisher Posts, BlogProfile Blog, LocalGitRepository Repository) publisher, PostDraft draft, PublishAnswer answer, CancellationToken cancellationToken)
    {
        var result = await publisher.Posts.PublishAsync(draft, answer.Day, cancellationToken);
        switch (result)
        {
            case PublishResult.Published(var branch, var path, var commit, _):
                return answer with { Branch = branch, Path = path, Commit = commit, Text = await TextAsync(publisher.Repository, commit, path, cancellationToken) };
            case PublishResult.AlreadyPublished(var branch, var path, var commit):
                var text = await TextAsync(publisher.Repository, commit, path, cancellationToken);
                return answer with { Branch = branch, Path = path, Commit = commit, Text = text, Reason = "the day had its post already" };
            case PublishResult.Rejected(var reason):
                return answer with { Reason = reason };
            default:
                throw new InvalidOperationException($"{result.GetType().Name} is no known result of publishing.");
        }
    }

    private static async Task<string> TextAsync(LocalGitRepository repository, string commit, string path, CancellationToken cancellationToken) =>
        System.Text.Encoding.UTF8.GetString(await repository.ReadFileAsync(commit, path, cancellationToken));

    private PostDraft DraftOf(Candidate best, ServingModels.Loan loan) => new(
        best.Post.Title,
        best.Post.Category is { } category ? [category] : [],
        best.Post.Tags,
        best.Post.Body,
        new(loan.Manifest.Version, loan.Manifest.CorpusId, best.Post.Seed, Describe(writer.Sampling)));

    private static string Describe(SamplingOptions sampling) => string.Create(
        CultureInfo.InvariantCulture,
        $"temperature {sampling.Temperature}, top-k {sampling.TopK}, top-p {sampling.TopP}, repetition penalty {sampling.RepetitionPenalty}");
}
