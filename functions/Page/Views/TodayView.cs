using Pipeline.Functions.Overview;
using Pipeline.Functions.Page.Html;

namespace Pipeline.Functions.Page.Views;

/// <summary>What is going on, and whether it is well.</summary>
internal static class TodayView
{
    private static readonly Dictionary<string, (string Title, string Link)> Steps = new()
    {
        ["posts"] = ("Posts", "/corpus"),
        ["documents"] = ("Documents", "/corpus"),
        ["corpus"] = ("Corpus", "/corpus"),
        ["run"] = ("Training", "/train"),
        ["model"] = ("Model", "/models"),
        ["post"] = ("Post", "#last-post"),
    };

    /// <summary>The view.</summary>
    public static PageView Of(StatusAnswer status) => new("/", "Today", Markup.Of(
        $"""
        <div id="today" data-live="5">
        {Headline(status)}
        <section aria-labelledby="flow-title"><h2 id="flow-title" class="quiet">From post to post</h2><ol class="flow">{status.Steps.Select(step => Step(step, status.Time))}</ol></section>
        {(status.Month?.Stopped is { } stopped ? Markup.Of($"<p class=\"note bad\" role=\"note\">{stopped}</p>") : Markup.None)}
        {status.Steps.Where(step => step.Error is not null).Select(step => Problem(step, status.Time))}
        <div class="columns">
        <div>{LastPost(status)}</div>
        <div>{Due(status)}{Training(status)}{PullRequests(status)}{Month(status)}</div>
        </div>
        </div>
        """))
    { Json = "/api/status" };

    private static Markup Headline(StatusAnswer status)
    {
        var failed = status.Steps.Where(step => step.Health == StepHealth.Failed).Select(step => Steps[step.Name].Title.ToLowerInvariant()).ToList();
        var working = status.Steps.FirstOrDefault(step => step.Health == StepHealth.Working);
        var (style, title) = failed.Count > 0 ? ("bad", $"Something needs you: {string.Join(", ", failed)}")
            : working is not null ? ("busy", $"All is well; at work on the {Steps[working.Name].Title.ToLowerInvariant()}")
            : ("good", "All is well");
        return Markup.Of($"<div class=\"headline {style}\"><h1>{title}</h1><p>{status.Blog} · read {status.Time:yyyy-MM-dd HH:mm} UTC</p></div>");
    }

    private static Markup Step(FlowStep step, DateTimeOffset now)
    {
        var (title, link) = Steps[step.Name];
        var state = step.Health switch
        {
            StepHealth.Done => ("done", "✓", "done"),
            StepHealth.Working => ("working", "…", "at work"),
            StepHealth.Waiting => ("waiting", "○", "waiting"),
            _ => ("failed", "!", "failed"),
        };
        return Markup.Of(
            $"""
            <li class="{state.Item1}"><h3><span class="mark" role="img" aria-label="{state.Item3}">{state.Item2}</span> <a href="{link}">{title}</a></h3><p class="sum">{step.Summary}</p>{(step.Advice is { } advice && step.Error is null ? Markup.Of($"<p class=\"hint\">{advice}</p>") : Markup.None)}{(step.Time is { } time ? Markup.Of($"<p class=\"when\">{Parts.Time(time, now)}</p>") : Markup.None)}</li>
            """);
    }

    private static Markup Problem(FlowStep step, DateTimeOffset now) => Markup.Of(
        $"""
        <section class="note bad"><h2>{Steps[step.Name].Title}: what went wrong {(step.ErrorTime is null ? Markup.None : Parts.Time(step.ErrorTime, now))}</h2><p class="error">{step.Error}</p>{(step.Advice is { } advice ? Markup.Of($"<p><strong>What to do:</strong> {advice}</p>") : Markup.None)}</section>
        """);

    private static Markup Due(StatusAnswer status) => Markup.Of(
        $"""
        <section class="card"><h2>Next</h2><dl class="facts">{status.Due.Select(due => Parts.Fact(due.Name switch { "post" => "The day's post", "training" => "Look at the corpus", _ => "Look at the model" }, Parts.Time(due.Time, status.Time)))}</dl>
        <form class="js" data-action="/api/publish" data-wait="Writing and judging candidates …" data-done="The post is written."><button>Write the next post now</button></form></section>
        """);

    private static Markup Training(StatusAnswer status) => status.Training is not { } run ? Markup.None : Markup.Of(
        $"""
        <section class="card"><h2>Training now</h2><p><a href="/train?run={run.Run}">{run.Run}</a>, step {Words.Number(run.Step)} of {Words.Number(run.Steps)}</p><progress max="{Math.Max(1, run.Steps)}" value="{run.Step}" aria-label="Steps done"></progress></section>
        """);

    private static Markup PullRequests(StatusAnswer status) => Markup.Of(
        $"""
        <section class="card"><h2>Open pull requests</h2>{(status.OpenPullRequests.Count == 0 ? Markup.Of($"<p class=\"quiet\">None waits.</p>") : Markup.Of($"<ul class=\"plainlist\">{status.OpenPullRequests.Select(post => Markup.Of($"<li>{Link(post)} <span class=\"quiet\">{post.Title}, {FlowSteps.Outcome(post.Outcome)}</span></li>"))}</ul>"))}</section>
        """);

    private static Markup Month(StatusAnswer status)
    {
        if (status.Month is not { } month)
        {
            return Markup.None;
        }

        var spent = month.Total > 0 || month.Cap is not null
            ? $"{Words.Figure(month.Total, "0.00")}{(month.Cap is { } cap ? $" of {Words.Figure(cap, "0.00")}" : "")} {month.Currency}"
            : "no price set";
        return Markup.Of(
            $"""
            <section class="card"><h2>This month</h2><dl class="facts">{Parts.Fact("Spent", spent)}{Parts.Fact("Training", $"{Words.Span(month.TrainingSeconds)}, {Words.Count(month.Runs, "run")}")}{Parts.Fact("Posts", $"{Words.Span(month.PostSeconds)}, {Words.Count(month.Posts, "day")}")}{Parts.Fact("Samples", Words.Span(month.SampleSeconds))}</dl></section>
            """);
    }

    private static Markup LastPost(StatusAnswer status)
    {
        if (status.LastPost is not { } post)
        {
            return Markup.Of($"<section class=\"card\" id=\"last-post\"><h2>Last post</h2><p class=\"quiet\">There is none yet.</p></section>");
        }

        var failed = post.Figures.Count(figure => !figure.Passed);
        return Markup.Of(
            $"""
            <section class="card" id="last-post"><h2>Last post</h2>
            <h3 class="posttitle">{post.Title}</h3>
            <p><span class="tag">{FlowSteps.Outcome(post.Outcome)}</span> <span class="tag {(failed == 0 ? "good" : "bad")}">{(failed == 0 ? "passes all gates" : $"fails {Words.Count(failed, "gate")}")}</span> {Link(post)}</p>
            {(post.Reason is { } reason ? Markup.Of($"<p class=\"note\">{reason}</p>") : Markup.None)}
            <dl class="facts">{Parts.Fact("Day", post.Day.ToString("yyyy-MM-dd", null))}{Parts.Fact("Candidate", $"{post.Chosen} of {post.Candidates}")}{Parts.Fact("Score", Words.Figure(post.Score, "0.00"))}{Parts.Fact("Perplexity", Words.Figure(post.Perplexity, "0.0"))}{Parts.Fact("Written in", Words.Span(post.Seconds))}{Parts.Fact("Model", post.Version)}</dl>
            <details id="post-text"><summary>Its text</summary><div class="prose">{post.Body}</div></details>
            <details id="post-card"><summary>Its report card</summary>{Parts.Gates(post.Figures)}{Copied(post)}<p class="quiet">{post.Sampler}, seed {post.Seed}{(post.Path is { } path ? Markup.Of($", {path}") : Markup.None)}</p></details>
            </section>
            """);
    }

    private static Markup Copied(PostSummary post) => post.Copied.Count == 0 ? Markup.Of($"<p>No stretch of it stands in the corpus.</p>") : Parts.Table(
        "Stretches that stand in the corpus",
        ["#Tokens", "Stretch", "Post"],
        post.Copied.Select(run => (IReadOnlyList<Markup>)[Parts.Text(Words.Number(run.Tokens)), Parts.Text(run.Text), Markup.Of($"<a href=\"/corpus?q={Uri.EscapeDataString(run.Path)}\">{run.Path}</a>")]));

    // Only an address of the web: a record is a file that somebody may have changed.
    private static Markup Link(PostSummary post) => post.PullRequest is { } number
        ? Uri.TryCreate(post.PullRequestUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            ? Markup.Of($"<a href=\"{url.AbsoluteUri}\" rel=\"noopener\">pull request {number}</a>")
            : Markup.Of($"pull request {number}")
        : post.Branch is { } branch ? Markup.Of($"<span class=\"quiet\">branch <code>{branch}</code></span>") : Markup.None;
}
