using Pipeline.Costs;
using Pipeline.Functions.Local;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Registry;
using Pipeline.Runs;
using Pipeline.Storage;

namespace Pipeline.Functions.Overview;

/// <summary>Tells what the whole is doing, from what its steps left in the store.</summary>
internal sealed class StatusReader(
    IBlobStore store, RoutingStore routing, ModelStore models, RunReader runs, PostReader posts, FailureLog failures, TrainingCancellation cancellation, MonthlyCap cap, PipelineSettings settings, TimeProvider clock)
{
    private const int DaysLookedAt = 30;

    /// <summary>Reads it.</summary>
    public async Task<StatusAnswer> ReadAsync(CancellationToken cancellationToken)
    {
        var seen = new FlowFacts
        {
            Failures = await failures.ReadAsync(cancellationToken),
            Posts = await CountAsync(Containers.Posts, path => Posts.PostPath.IsPost(path), cancellationToken),
            Documents = await CountAsync(Containers.Documents, path => path.EndsWith(".json", StringComparison.Ordinal), cancellationToken),
            Run = (await runs.ListAsync(cancellationToken)) is [var newest, ..] ? newest : null,
            Recent = await posts.ListAsync(DaysLookedAt, cancellationToken),
            Look = await LookAsync(cancellationToken),
            Cancelled = await cancellation.ReadAsync(cancellationToken),
        };
        try
        {
            seen = seen with { Routing = await routing.ReadAsync(cancellationToken) };
        }
        catch (RegistryException exception)
        {
            seen = seen with { RoutingError = exception.Message };
        }

        seen = seen with
        {
            Model = seen.Routing.Stable is { } stable ? await ManifestAsync(stable, cancellationToken) : null,
        };
        var report = (seen.Look is { Id.Length: > 0 } look ? look.Id : seen.Run?.CorpusId ?? seen.Model?.CorpusId) is { } corpus
            ? await ReportAsync(corpus, cancellationToken)
            : null;
        var steps = FlowSteps.Of(seen with { Corpus = report });
        return new()
        {
            Time = clock.GetUtcNow(),
            Blog = settings.GitHubRepository is { Length: > 0 } repository ? repository : "the blog on this machine",
            TimeZone = settings.TimeZone,
            Healthy = steps.All(step => step.Health != StepHealth.Failed),
            Steps = steps,
            Due = Due(),
            Month = await MonthAsync(cancellationToken),
            Training = seen.Run is { Status: RunStatus.Running } running ? running : null,
            LastPost = seen.Recent is [var post, ..] ? post : null,
            OpenPullRequests = [.. seen.Recent.Where(candidate => candidate.Outcome is PostOutcome.Open or PostOutcome.Held)],
        };
    }

    private async Task<Spending?> MonthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await cap.ReadAsync(cancellationToken);
        }
        catch (FormatException)
        {
            // What wants to spend says what is wrong.
            return null;
        }
    }

    private IReadOnlyList<DueRun> Due()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(settings.TimeZone);
        var now = clock.GetUtcNow();
        return
        [
            .. new[] { ("post", settings.PostSchedule), ("training", settings.TrainingSchedule), ("watch", settings.WatchSchedule) }
                .Select(due => new DueRun(due.Item1, due.Item2, new NcronSchedule(due.Item2, zone).Next(now)))
                .OrderBy(due => due.Time ?? DateTimeOffset.MaxValue),
        ];
    }

    private async Task<BlobCount> CountAsync(string container, Func<string, bool> counts, CancellationToken cancellationToken)
    {
        var count = new BlobCount(0, null);
        await foreach (var entry in store.ListAsync(container, "", cancellationToken))
        {
            if (counts(entry.Name.Path))
            {
                count = new(count.Blobs + 1, count.Newest > entry.LastModified ? count.Newest : entry.LastModified);
            }
        }

        return count;
    }

    private async Task<CorpusLook?> LookAsync(CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(CorpusWatch.Blob, cancellationToken) is not var (bytes, _))
        {
            return null;
        }

        try
        {
            return System.Text.Json.JsonSerializer.Deserialize(bytes, CorpusLookJson.Default.CorpusLook) is { Format: CorpusLook.CurrentFormat, Id: not null } look ? look : null;
        }
        catch (System.Text.Json.JsonException)
        {
            // The timer makes it anew.
            return null;
        }
    }

    private async Task<Pipeline.Corpus.CorpusReport?> ReportAsync(string corpus, CancellationToken cancellationToken)
    {
        try
        {
            return await Pipeline.Corpus.CorpusFiles.ReadReportAsync(store, corpus, cancellationToken);
        }
        catch (FormatException)
        {
            // The run that needs it says what is wrong with it.
            return null;
        }
    }

    private async Task<ModelManifest?> ManifestAsync(string version, CancellationToken cancellationToken)
    {
        try
        {
            return await models.ReadManifestAsync(version, cancellationToken);
        }
        catch (RegistryException)
        {
            return null;
        }
    }
}

/// <summary>Blobs of a kind.</summary>
/// <param name="Blobs">How many.</param>
/// <param name="Newest">When the newest was written.</param>
internal sealed record BlobCount(int Blobs, DateTimeOffset? Newest);
