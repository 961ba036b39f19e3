using Pipeline.Functions.Overview;
using Pipeline.Functions.Page.Html;
using Pipeline.Runs;

namespace Pipeline.Functions.Page.Views;

/// <summary>Training runs with their curves, as they go on.</summary>
internal static class TrainView
{
    private const int RowsShown = 40;

    /// <summary>The view.</summary>
    /// <param name="runs">All runs.</param>
    /// <param name="run">The one shown; null if there is none.</param>
    /// <param name="other">The one drawn over it; null if none is.</param>
    /// <param name="query">What the address asks for.</param>
    /// <param name="now">The time.</param>
    public static PageView Of(IReadOnlyList<RunState> runs, RunAnswer? run, RunAnswer? other, TrainQuery query, DateTimeOffset now) => new("/train", "Train", Markup.Of(
        $"""
        <h1>Train</h1>
        <div id="train" data-live="{(run?.Summary.Status == RunStatus.Running ? "1" : "5")}">
        {(run is null ? Markup.Of($"<p class=\"note\">No training run yet. The timer starts one when there are documents; or start it here.</p>") : Run(run, other, runs, query, now))}
        </div>
        {Start()}
        <div id="runs" data-live="10">{Runs(runs, now)}</div>
        """))
    {
        Script = "train.js",
        Json = run is null ? "/api/runs" : $"/api/runs/{Uri.EscapeDataString(run.Summary.Run)}",
    };

    private static Markup Run(RunAnswer run, RunAnswer? other, IReadOnlyList<RunState> runs, TrainQuery query, DateTimeOffset now)
    {
        var summary = run.Summary;
        var last = run.Points.Count > 0 ? run.Points[^1] : null;
        return Markup.Of(
            $"""
            <section class="card"><h2><code>{summary.Run}</code> <span class="tag {Style(summary.Status)}">{Status(summary.Status)}</span></h2>
            {(summary.Error is { } error ? Markup.Of($"<p class=\"note bad error\">{error}</p>") : Markup.None)}
            {(summary.Steps > 0 ? Markup.Of($"<progress max=\"{summary.Steps}\" value=\"{summary.Step}\" aria-label=\"Steps done\"></progress>") : Markup.None)}
            <dl class="facts wide">{Parts.Fact("Step", $"{Words.Number(summary.Step)} of {(summary.Steps > 0 ? Words.Number(summary.Steps) : "…")}")}{Parts.Fact("Time left", Words.Span(run.SecondsLeft))}{Parts.Fact("Tokens/s", Words.Figure(run.TokensPerSecond, "N0"))}{Parts.Fact("Training loss", Words.Figure(last?.Smoothed, "0.000"))}{Parts.Fact("Validation loss", Words.Figure(summary.ValidationLoss ?? run.Points.LastOrDefault(point => point.Validation is not null)?.Validation, "0.000"))}{Parts.Fact("Best step", summary.BestStep > 0 ? Words.Number(summary.BestStep) : "–")}{Parts.Fact("Time spent", Words.Span(summary.Seconds))}{Parts.Fact("Cost", summary.Cost is { } cost ? Words.Figure(cost, "0.00") : "no price set")}{Parts.Fact("Preset", summary.Preset ?? "–")}{Parts.Fact("Posts", Words.Number(summary.Documents))}{Parts.Fact("Written", Parts.Time(summary.Updated, now))}</dl>
            {(summary.Status == RunStatus.Running ? Markup.Of($"<form class=\"js\" data-action=\"/api/train/cancel\" data-wait=\"Saving and stopping …\" data-done=\"The run is saved and stops.\"><button class=\"danger\">Cancel this run</button></form>") : Markup.None)}
            {Chart(run, other, query)}
            {Controls(run, runs, query)}
            {Table(run)}
            </section>
            {Samples(run)}
            """);
    }

    private static Markup Chart(RunAnswer run, RunAnswer? other, TrainQuery query)
    {
        if (run.Points.Count == 0)
        {
            return Markup.Of($"<p class=\"quiet\">The first step is not done yet.</p>");
        }

        var last = Math.Max(run.Points[^1].Step, other is { Points.Count: > 0 } ? other.Points[^1].Step : 0);
        var from = Math.Max(0, query.From ?? 0);
        var to = query.To is { } asked && asked > from ? asked : Math.Max(last, from + 1);
        List<ChartLine> lines = [];
        if (!query.Smooth)
        {
            lines.Add(new("training, each step", "faint", [.. run.Points.Select(point => ((double)point.Step, point.Loss))]));
        }

        lines.AddRange(Curves(run, "one", other is null ? "" : $" of {run.Summary.Run}"));
        if (other is not null)
        {
            lines.AddRange(Curves(other, "two", $" of {other.Summary.Run}"));
        }

        return LineChart.Draw("loss", $"Loss of {run.Summary.Run} by step", lines, "step", "loss, nats a token", new(from, to, Log: false), query.Log);
    }

    private static IEnumerable<ChartLine> Curves(RunAnswer run, string style, string of) =>
    [
        new($"training, smoothed{of}", style, [.. run.Points.Select(point => ((double)point.Step, point.Smoothed))]),
        new($"validation{of}", style + " held", [.. run.Points.Where(point => point.Validation is not null).Select(point => ((double)point.Step, point.Validation!.Value))], Dots: true),
    ];

    private static Markup Controls(RunAnswer run, IReadOnlyList<RunState> runs, TrainQuery query)
    {
        var others = runs.Where(other => other.Run != run.Summary.Run).ToList();
        return Markup.Of(
            $"""
            <form id="view" class="controls" action="/train" method="get"><input type="hidden" name="run" value="{run.Summary.Run}">
            <label><input type="checkbox" name="axis" value="log"{Checked(query.Log)}> logarithmic</label>
            <label><input type="checkbox" name="lines" value="smooth"{Checked(query.Smooth)}> smoothed only</label>
            <label>from step <input name="from" inputmode="numeric" pattern="[0-9]*" size="6" value="{(query.From is { } from ? Words.Figure(from, "0") : "")}"></label>
            <label>to <input name="to" inputmode="numeric" pattern="[0-9]*" size="6" value="{(query.To is { } to ? Words.Figure(to, "0") : "")}"></label>
            {(others.Count == 0 ? Markup.None : Markup.Of($"<label>over <select name=\"with\"><option value=\"\">no other run</option>{others.Select(other => Markup.Of($"<option{(other.Run == query.With ? Markup.Of($" selected") : Markup.None)}>{other.Run}</option>"))}</select></label>"))}
            <button>Show</button> <a href="/train?run={Uri.EscapeDataString(run.Summary.Run)}">whole run</a></form>
            """);
    }

    private static Markup Checked(bool on) => on ? Markup.Of($" checked") : Markup.None;

    // Every evaluation, and steps between them if there is room.
    private static Markup Table(RunAnswer run)
    {
        var each = Math.Max(1, run.Points.Count / RowsShown);
        var rows = run.Points.Where((point, index) => point.Validation is not null || index % each == 0 || index == run.Points.Count - 1);
        return Markup.Of(
            $"""
            <details id="log"><summary>The log as a table</summary>{Parts.Table(
                "Training log",
                ["#Step", "#Epoch", "#Loss", "#Smoothed", "#Validation", "#Learning rate", "#Tokens/s"],
                rows.Select(point => (IReadOnlyList<Markup>)
                [
                    Parts.Text(Words.Number(point.Step)), Parts.Text(Words.Figure(point.Epoch, "0.00")), Parts.Text(Words.Figure(point.Loss, "0.000")), Parts.Text(Words.Figure(point.Smoothed, "0.000")),
                    Parts.Text(Words.Figure(point.Validation, "0.000")), Parts.Text(Words.Figure(point.LearningRate, "0.000000")), Parts.Text(Words.Figure(point.TokensPerSecond, "N0")),
                ]))}</details>
            """);
    }

    private static Markup Samples(RunAnswer run) => run.Samples.Count == 0 ? Markup.None : Markup.Of(
        $"""
        <section class="card"><h2>Samples as training went on</h2><p class="quiet">The prompt stands before the arrow ⟶.</p><h3>After step {run.Samples[^1].Step}</h3>{Texts(run.Samples[^1])}{(run.Samples.Count == 1 ? Markup.None : Markup.Of($"<details id=\"earlier\"><summary>Earlier ones</summary>{run.Samples.SkipLast(1).Reverse().Select(sample => Markup.Of($"<h3>After step {sample.Step}</h3>{Texts(sample)}"))}</details>"))}</section>
        """);

    private static Markup Texts(RunSamples sample) => Markup.Join(sample.Texts.Select(text => Markup.Of($"<pre class=\"sample\">{text}</pre>")));

    private static Markup Start() => Markup.Of(
        $"""
        <section class="card js"><h2>Start training</h2><form class="stack" data-action="/api/train" data-done="Training starts." data-overrides="steps epochs learningRate"><div class="fields">
        <label>Preset <select name="preset"><option value="">as configured</option><option>tiny</option><option>small</option><option>full</option></select></label>
        <label>Seed <input name="seed" type="number" min="0" data-type="number" size="6"></label>
        <label>Steps <input name="steps" type="number" min="1" data-type="number" size="6"></label>
        <label>Epochs <input name="epochs" type="number" min="1" data-type="number" size="6"></label>
        <label>Learning rate <input name="learningRate" type="number" min="0" step="any" data-type="number" size="8"></label>
        <label><input name="force" type="checkbox" value="true" data-type="boolean"> even if this model exists</label></div>
        <button>Start training</button></form></section>
        """);

    private static Markup Runs(IReadOnlyList<RunState> runs, DateTimeOffset now) => runs.Count == 0 ? Markup.None : Markup.Of(
        $"""
        <section class="card"><h2>All runs</h2>{Parts.Table(
            "Training runs",
            ["Run", "State", "#Step", "#Validation loss", "#Perplexity", "#Time spent", "#Cost", "Written"],
            runs.Select(run => (IReadOnlyList<Markup>)
            [
                Markup.Of($"<a href=\"/train?run={Uri.EscapeDataString(run.Run)}\"><code>{run.Run}</code></a>"), Markup.Of($"<span class=\"tag {Style(run.Status)}\">{Status(run.Status)}</span>"),
                Parts.Text($"{Words.Number(run.Step)} of {Words.Number(run.Steps)}"), Parts.Text(Words.Figure(run.ValidationLoss, "0.000")), Parts.Text(Words.Figure(run.Perplexity, "0.0")),
                Parts.Text(Words.Span(run.Seconds)), Parts.Text(Words.Figure(run.Cost, "0.00")), Parts.Time(run.Updated, now),
            ]))}</section>
        """);

    private static string Status(RunStatus status) => status switch
    {
        RunStatus.Running => "running",
        RunStatus.Interrupted => "stopped",
        RunStatus.Finished => "finished",
        RunStatus.Failed => "failed",
        _ => "lost",
    };

    private static string Style(RunStatus status) => status switch
    {
        RunStatus.Running => "busy",
        RunStatus.Finished => "good",
        RunStatus.Failed or RunStatus.Lost => "bad",
        _ => "",
    };
}
