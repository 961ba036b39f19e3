using System.Globalization;
using Pipeline.Registry;
using Pipeline.Runs;

namespace Pipeline.Functions.Overview;

/// <summary>Judges the steps of the flow, each by what the store says of it.</summary>
internal static class FlowSteps
{
    /// <summary>The steps whose functions note their failures.</summary>
    private static readonly (string Step, string[] Functions, string Advice)[] Functions =
    [
        ("posts", ["ReceivePush", "HandleGitHubEvent", "PollBlog"], "The blog is read again at the next push or poll. If the error stays, check the repository's name, the token or App, and its permissions."),
        ("documents", ["ConvertPost"], "Mend the post and push it again. The other posts are not held up."),
        ("run", ["StartTraining", "TrainNow"], "Mend the cause, then start training from the page or wait for the timer."),
        ("model", ["DecideDeployment", "WatchDeployment", "Rollback", "ShareTraffic"], "The model in service goes on. Mend the cause; the timer looks again."),
        ("post", ["PublishPost", "PublishNow"], "Mend the cause, then write the day's post now; a run that was cut off is finished with the same post."),
    ];

    /// <summary>Functions whose failures belong to a step.</summary>
    public static IReadOnlySet<string> Noted { get; } = Functions.SelectMany(step => step.Functions).ToHashSet(StringComparer.Ordinal);

    /// <summary>What a function does; two that do the same mend each other's failures.</summary>
    public static string WorkOf(string function) => function == "PublishNow" ? "PublishPost" : function;

    /// <summary>The steps in the order of the flow.</summary>
    public static IReadOnlyList<FlowStep> Of(FlowFacts facts) =>
    [
        .. new[] { PostsStep(facts), DocumentsStep(facts), CorpusStep(facts), RunStep(facts), ModelStep(facts), PostStep(facts) }
            .Select(step => WithFailure(step, facts.Failures)),
    ];

    private static FlowStep WithFailure(FlowStep step, IReadOnlyList<StepFailure> failures)
    {
        var (_, functions, advice) = Functions.FirstOrDefault(known => known.Step == step.Name);
        return functions is null || failures.FirstOrDefault(failure => functions.Contains(failure.Function)) is not { } failure
            ? step
            : step with
            {
                Health = StepHealth.Failed,
                Error = failure.Subject.Length > 0 ? $"{failure.Subject}: {failure.Message}" : failure.Message,
                ErrorTime = failure.Time,
                Advice = advice,
            };
    }

    private static FlowStep PostsStep(FlowFacts facts) => facts.Posts.Blobs == 0
        ? new() { Name = "posts", Health = StepHealth.Waiting, Summary = "no posts yet", Advice = "Push to the blog, or import it: once --blog DIR, serve --blog DIR." }
        : new() { Name = "posts", Health = StepHealth.Done, Summary = Count(facts.Posts.Blobs, "post"), Time = facts.Posts.Newest };

    private static FlowStep DocumentsStep(FlowFacts facts)
    {
        var waiting = facts.Posts.Blobs - facts.Documents.Blobs;
        return new()
        {
            Name = "documents",
            Health = facts.Documents.Blobs == 0 ? StepHealth.Waiting : waiting > 0 ? StepHealth.Working : StepHealth.Done,
            Summary = waiting > 0 && facts.Documents.Blobs > 0 ? $"{Count(facts.Documents.Blobs, "document")}, {Number(waiting)} to come" : Count(facts.Documents.Blobs, "document"),
            Time = facts.Documents.Newest,
            Advice = facts.Documents.Blobs == 0 ? "Every post becomes a document when it arrives." : null,
        };
    }

    private static FlowStep CorpusStep(FlowFacts facts)
    {
        if (facts.Corpus is not { } corpus)
        {
            return new() { Name = "corpus", Health = StepHealth.Waiting, Summary = "not built yet", Advice = "It is built when training starts." };
        }

        var left = corpus.Skipped.Count + corpus.Duplicates.Count;
        var changed = facts.Look is { Id.Length: > 0 } look && facts.Model is { } model && look.Id != model.CorpusId && facts.Run?.Status != RunStatus.Running;
        return new()
        {
            Name = "corpus",
            Health = changed ? StepHealth.Waiting : StepHealth.Done,
            Summary = $"{Count(corpus.Posts, "post")}, {Number(corpus.Words)} words{(left > 0 ? $", {Number(left)} left out" : "")}",
            Advice = changed ? "It has changed since the model in service was trained; training starts when enough is new and it has been quiet for a while." : null,
        };
    }

    private static FlowStep RunStep(FlowFacts facts) => facts.Run switch
    {
        null => new() { Name = "run", Health = StepHealth.Waiting, Summary = "no training yet", Advice = "The timer starts one when there are documents, or start it on this page." },
        { Status: RunStatus.Running } run => Run(run, StepHealth.Working, $"step {Number(run.Step)} of {(run.Steps > 0 ? Number(run.Steps) : "…")}", null),
        { Status: RunStatus.Failed } run => Run(run, StepHealth.Failed, $"failed at step {Number(run.Step)}", "Mend the cause and start training again: it goes on from the last checkpoint.") with
        {
            Error = run.Error ?? "The training run failed and did not say why; its log does.",
            ErrorTime = run.Updated,
        },
        { Status: RunStatus.Lost } run => Run(run, StepHealth.Failed, $"lost at step {Number(run.Step)}", "Start training again: it goes on from the last checkpoint.") with
        {
            Error = "The training run says that it is running but has written nothing for long: its process is gone.",
            ErrorTime = run.Updated,
        },
        { Status: RunStatus.Interrupted } run when facts.Cancelled is { } cancelled && cancelled.CorpusId == run.CorpusId =>
            Run(run, StepHealth.Waiting, $"cancelled at step {Number(run.Step)}", "Start training to go on with it; by itself training starts when the corpus has changed."),
        { Status: RunStatus.Interrupted } run => Run(run, StepHealth.Waiting, $"stopped at step {Number(run.Step)}", "The next start goes on from there."),
        var run => Run(run, StepHealth.Done, run.ValidationLoss is { } loss ? $"validation loss {loss.ToString("0.000", CultureInfo.InvariantCulture)}" : $"{Count(run.Step, "step")}", null),
    };

    private static FlowStep Run(RunState run, StepHealth health, string summary, string? advice) =>
        new() { Name = "run", Health = health, Summary = summary, Time = run.Updated, Advice = advice };

    private static FlowStep ModelStep(FlowFacts facts)
    {
        if (facts.RoutingError is { } damage)
        {
            return new()
            {
                Name = "model",
                Health = StepHealth.Failed,
                Summary = "the routing cannot be read",
                Error = damage,
                Advice = "Put registry/routing.json back from a backup, or delete it and put a version in service by hand.",
            };
        }

        var last = facts.Routing.History.Count > 0 ? facts.Routing.History[^1] : null;
        if (facts.Routing.Stable is not { } stable)
        {
            var refused = last is { Change: RoutingChangeKind.Refused };
            return new()
            {
                Name = "model",
                Health = refused ? StepHealth.Failed : StepHealth.Waiting,
                Summary = "none in service",
                Time = last?.Time,
                Error = refused ? $"{last!.Version} was refused: {last.Reason}" : null,
                ErrorTime = refused ? last!.Time : null,
                Advice = refused ? "Train again, or put a version in service by hand." : "The first model that is trained goes into service.",
            };
        }

        if (facts.Model is null)
        {
            return new()
            {
                Name = "model",
                Health = StepHealth.Failed,
                Summary = stable,
                Time = last?.Time,
                Error = $"The manifest of {stable}, which is in service, is missing or damaged.",
                Advice = "Roll back to another version, or train again.",
            };
        }

        var perplexity = facts.Model.Metrics.Perplexity is { } value ? $", perplexity {value.ToString("0.0", CultureInfo.InvariantCulture)}" : "";
        return new()
        {
            Name = "model",
            Health = StepHealth.Done,
            Summary = $"{stable}{perplexity}",
            Time = last?.Time,
            Advice = last is { Change: RoutingChangeKind.Refused } ? $"{last.Version} was refused; the history of the models says why." : facts.Routing.Pinned is not null ? "It is pinned: no other takes over." : null,
        };
    }

    private static FlowStep PostStep(FlowFacts facts) => facts.Recent switch
    {
        [] => new() { Name = "post", Health = StepHealth.Waiting, Summary = "none yet", Advice = "The timer writes one a day, or write one now." },
        [{ Outcome: PostOutcome.Refused } post, ..] => new()
        {
            Name = "post",
            Health = StepHealth.Failed,
            Summary = Day(post),
            Time = post.Created,
            Error = post.Reason,
            ErrorTime = post.Created,
            Advice = "The next day is tried anew. If it goes on, train longer, give more candidates (PIPELINE_CANDIDATES) or look at the gates that fail.",
        },
        [{ Outcome: PostOutcome.Unfinished } post, ..] => new() { Name = "post", Health = StepHealth.Working, Summary = $"{Day(post)} is being written", Time = post.Created },
        [var post, ..] => new()
        {
            Name = "post",
            Health = StepHealth.Done,
            Summary = $"{Day(post)}, {Outcome(post.Outcome)}",
            Time = post.Created,
        },
    };

    /// <summary>An outcome in words.</summary>
    public static string Outcome(PostOutcome outcome) => outcome switch
    {
        PostOutcome.Refused => "refused by the gates",
        PostOutcome.Unfinished => "not finished",
        PostOutcome.Committed => "on its branch",
        PostOutcome.Open => "waits in its pull request",
        PostOutcome.Held => "held",
        PostOutcome.Merged => "merged as it was",
        PostOutcome.Edited => "merged with changes",
        _ => "closed",
    };

    private static string Day(PostSummary post) => post.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Count(long number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
