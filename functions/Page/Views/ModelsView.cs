using Pipeline.Functions.Overview;
using Pipeline.Functions.Page.Html;
using Pipeline.Registry;

namespace Pipeline.Functions.Page.Views;

/// <summary>The versions side by side, how requests are divided among them, and what happened.</summary>
internal static class ModelsView
{
    private const int SideBySide = 6;

    /// <summary>The view.</summary>
    public static PageView Of(ModelsAnswer answer, DateTimeOffset now) => new("/models", "Models", Markup.Of(
        $"""
        <h1>Models</h1>
        <div id="models" data-live="10">
        {(answer.Models.Count == 0 ? Markup.Of($"<p class=\"note\">No model is trained yet. <a href=\"/train\">Start training</a>.</p>") : Comparison(answer, now))}
        <div class="columns"><div>{Shares(answer)}</div><div>{Service(answer)}</div></div>
        {History(answer)}
        </div>
        """))
    { Json = "/api/models" };

    /// <summary>A role in words.</summary>
    private static string Role(ModelRole role) => role switch
    {
        ModelRole.Stable => "in service",
        ModelRole.Candidate => "candidate",
        ModelRole.Shadow => "in the shadow",
        ModelRole.LastGood => "last good",
        _ => "retired",
    };

    private static Markup Comparison(ModelsAnswer answer, DateTimeOffset now)
    {
        var shown = answer.Models.OrderBy(model => model.Role).ThenByDescending(model => model.Created).Take(SideBySide).ToList();
        var best = shown.Min(model => model.Perplexity);
        return Markup.Of(
            $"""
            <section class="card"><h2>Side by side</h2><div class="scroll whole" tabindex="0" role="region" aria-label="Versions side by side"><table class="versions"><thead><tr><th scope="col">Version</th>{shown.Select(model => Markup.Of($"<th scope=\"col\"><code>{model.Version}</code><br><span class=\"tag {(model.Role == ModelRole.Stable ? "good" : "")}\">{Role(model.Role)}{(model.Version == answer.Pinned ? ", pinned" : "")}</span></th>"))}</tr></thead><tbody>
            {Row("Requests", shown, model => Parts.Text($"{model.Weight} %"))}
            {Row("Perplexity", shown, model => model.Perplexity is not null && model.Perplexity == best ? Markup.Of($"<strong>{Words.Figure(model.Perplexity, "0.0")}</strong>") : Parts.Text(Words.Figure(model.Perplexity, "0.0")))}
            {Row("Validation loss", shown, model => Parts.Text(Words.Figure(model.ValidationLoss, "0.000")))}
            {Row("Training loss", shown, model => Parts.Text(Words.Figure(model.TrainLoss, "0.000")))}
            {Row("Mean reward, 30 days", shown, model => Parts.Text(model.Votes == 0 ? "–" : $"{Words.Figure(model.Reward, "0.00")} of {Words.Count(model.Votes, "vote")}"))}
            {Row("Trained", shown, model => Parts.Time(model.Created, now))}
            {Row("Training time", shown, model => Parts.Text(Words.Span(model.Seconds)))}
            {Row("Tokens seen", shown, model => Parts.Text(Words.Short(model.TrainTokens)))}
            {Row("Parameters", shown, model => Parts.Text(Words.Short(model.Parameters)))}
            {Row("Layers × width, context", shown, model => Parts.Text($"{model.Layers} × {model.Width}, {model.Context}"))}
            {Row("Vocabulary", shown, model => Parts.Text(Words.Number(model.Vocabulary)))}
            {Row("Begun from", shown, model => Parts.Text(model.BaseModel ?? "scratch"))}
            {Row("Posts", shown, model => Parts.Text(Words.Number(model.Documents)))}
            {Row("Files", shown, model => Parts.Text(Words.Bytes(model.Bytes)))}
            {Row("Run", shown, model => Markup.Of($"<a href=\"/train?run={Uri.EscapeDataString(model.Run)}\">curves</a>"))}
            </tbody></table></div></section>
            """);
    }

    private static Markup Row(string name, IEnumerable<ModelSummary> models, Func<ModelSummary, Markup> cell) =>
        Markup.Of($"<tr><th scope=\"row\">{name}</th>{models.Select(model => Markup.Of($"<td>{cell(model)}</td>"))}</tr>");

    private static Markup Shares(ModelsAnswer answer)
    {
        var others = answer.Models.Where(model => model.Version != answer.Stable).ToList();
        var weight = answer.Models.FirstOrDefault(model => model.Version == answer.Candidate)?.Weight ?? 0;
        return Markup.Of(
            $"""
            <section class="card"><h2>Requests</h2>
            <p>{(answer.Stable is null ? "Nothing is in service." : $"{answer.Stable} answers {100 - weight} of 100 requests{(answer.Candidate is { } candidate ? $", {candidate} {weight}" : "")}.")}{(answer.Pinned is null ? "" : " It is pinned: unpin it to try another.")}</p>
            {(answer.Stable is null || others.Count == 0 ? Markup.Of($"<p class=\"quiet\">A second version can be given a share here once there is one.</p>") : Markup.Of(
                $"""
                <form class="js stack" data-action="/api/models/weights" data-done="The shares are changed."><label for="share-version">Version to try</label><select id="share-version" name="version">{others.Select(model => Markup.Of($"<option{(model.Version == answer.Candidate ? Markup.Of($" selected") : Markup.None)}>{model.Version}</option>"))}</select>
                <label for="share">Its share of 100 requests; 0 lets it run in the shadow</label><div class="slider"><input id="share" name="hundredths" type="range" min="0" max="99" value="{weight}" data-type="number"><output for="share">{weight}</output></div>
                <label for="share-reason">Why</label><input id="share-reason" name="reason" maxlength="200"><button>Divide requests so</button></form>
                """))}
            </section>
            """);
    }

    private static Markup Service(ModelsAnswer answer) => Markup.Of(
        $"""
        <section class="card"><h2>Service</h2>
        <form class="js stack" data-action="/api/models/rollback" data-done="Done."><label for="to-version">Version</label><select id="to-version" name="version"><option value="">the last good one{(answer.LastGood is { } good ? $": {good}" : "")}</option>{answer.Models.Select(model => Markup.Of($"<option>{model.Version}</option>"))}</select>
        <label for="service-reason">Why</label><input id="service-reason" name="reason" maxlength="200">
        <div class="buttons"><button>Roll back to it</button><button name="pin" value="true" data-type="boolean">Pin it</button>{(answer.Pinned is null ? Markup.None : Markup.Of($"<button name=\"unpin\" value=\"true\" data-type=\"boolean\" data-only=\"reason\">Unpin {answer.Pinned}</button>"))}</div></form>
        <noscript><p class="quiet">Changing it here needs JavaScript; POST /api/models/rollback does the same.</p></noscript></section>
        """);

    private static Markup History(ModelsAnswer answer) => Markup.Of(
        $"""
        <section class="card"><h2>History</h2>{Parts.Table(
            "History of the routing",
            ["When (UTC)", "What", "Version", "Why"],
            answer.History.Take(100).Select(change => (IReadOnlyList<Markup>)[Parts.Date(change.Time), Parts.Text(Change(change.Change)), Markup.Of($"<code>{change.Version}</code>"), Parts.Text(change.Reason)]))}</section>
        """);

    private static string Change(RoutingChangeKind change) => change switch
    {
        RoutingChangeKind.Promoted => "took over",
        RoutingChangeKind.Refused => "was refused",
        RoutingChangeKind.RolledBack => "was rolled back",
        RoutingChangeKind.Pinned => "was pinned",
        RoutingChangeKind.Unpinned => "was unpinned",
        _ => "got a share",
    };
}
