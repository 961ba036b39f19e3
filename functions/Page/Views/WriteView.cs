using Pipeline.Functions.Overview;
using Pipeline.Functions.Page.Html;

namespace Pipeline.Functions.Page.Views;

/// <summary>A place to try the model.</summary>
internal static class WriteView
{
    private const int MostWords = 400;

    /// <summary>The view.</summary>
    /// <param name="vocabulary">What a prompt can name.</param>
    /// <param name="version">The version in service; null if there is none.</param>
    public static PageView Of(VocabularyAnswer vocabulary, string? version) => new("/write", "Write", Markup.Of(
        $"""
        <h1>Write</h1>
        {(version is null ? Markup.Of($"<p class=\"note\">No model is in service yet. <a href=\"/train\">Train one</a>.</p>") : Markup.Of($"<p class=\"quiet\">Written by <a href=\"/models\"><code>{version}</code></a>. Nothing here is published.</p>"))}
        <noscript><p class="note">Writing here needs JavaScript. Without it: <code>curl '/api/sample?title=Soup'</code>.</p></noscript>
        <form id="write" class="card js">
        <fieldset class="ways"><legend>What to write</legend>
        <label><input type="radio" name="way" value="post" checked> a post about …</label>
        <label><input type="radio" name="way" value="prompt"> what goes on from a text</label></fieldset>
        <div class="fields" id="way-post">
        <label class="long">Title <input name="title" maxlength="200" placeholder="the model finds one"></label>
        <label>Tags, up to three <input name="tags" list="tags" placeholder="tide, log"></label>
        <label>Category <input name="category" list="categories"></label>
        <label>Year <input name="year" list="years" inputmode="numeric" pattern="[0-9]{"{4}"}" size="5"></label>
        </div>
        <div id="way-prompt" hidden><label for="prompt">Text to go on from</label><textarea id="prompt" name="prompt" rows="4" maxlength="4000"></textarea></div>
        {List("tags", vocabulary.Tags)}{List("categories", vocabulary.Categories)}{List("years", vocabulary.Years.Select(year => year.ToString(System.Globalization.CultureInfo.InvariantCulture)))}
        <details><summary>How to choose words</summary><div class="fields sliders">
        {Slider("temperature", "Temperature", "0", "2", "0.05", "0.8", "0 always takes the likeliest word")}
        {Slider("topK", "Top-k", "0", "200", "1", "40", "0 keeps all")}
        {Slider("topP", "Top-p", "0.05", "1", "0.01", "0.95", "1 keeps all")}
        {Slider("minP", "Min-p", "0", "0.5", "0.01", "0", "0 keeps all")}
        {Slider("typical", "Typical", "0.05", "1", "0.01", "1", "1 keeps all")}
        {Slider("repetitionPenalty", "Repetition penalty", "1", "2", "0.05", "1.1", "1 is none")}
        {Slider("noRepeatNgram", "No repeated run of", "0", "8", "1", "0", "tokens; 0 allows all")}
        {Slider("length", "Tokens at most", "10", "800", "10", "300", "")}
        </div></details>
        <div class="fields"><label>Seed <input name="seed" inputmode="numeric" pattern="[0-9]*" size="10" placeholder="drawn"></label><label>Candidates <select name="candidates"><option>1</option><option selected>2</option><option>3</option><option>4</option></select></label></div>
        <div class="buttons"><button class="main">Write</button><button type="button" id="stop" hidden>Stop</button></div>
        </form>
        <div id="texts" class="texts"></div>
        """))
    { Script = "write.js", Json = "/api/vocabulary" };

    private static Markup List(string id, IEnumerable<string> words) => Markup.Of($"<datalist id=\"{id}\">{words.Take(MostWords).Select(word => Markup.Of($"<option value=\"{word}\"></option>"))}</datalist>");

    private static Markup Slider(string name, string title, string low, string high, string step, string value, string hint) => Markup.Of(
        $"""
        <div class="slider"><label for="s-{name}">{title}</label><input id="s-{name}" name="{name}" type="range" min="{low}" max="{high}" step="{step}" value="{value}"><output for="s-{name}">{value}</output><small>{hint}</small></div>
        """);
}
