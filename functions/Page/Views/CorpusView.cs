using System.Globalization;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page.Html;

namespace Pipeline.Functions.Page.Views;

/// <summary>What the models learn from, and what they do not.</summary>
internal static class CorpusView
{
    private const int TagsShown = 12;

    /// <summary>The view.</summary>
    public static PageView Of(CorpusAnswer corpus) => new("/corpus", "Corpus", Markup.Of(
        $"""
        <h1>Corpus</h1>
        <dl class="tiles">{Parts.Fact("Posts", Words.Number(corpus.Report.Posts))}{Parts.Fact("Tokens", Words.Short(corpus.Tokens))}{Parts.Fact("Words", Words.Short(corpus.Report.Words))}{Parts.Fact("To learn from", Words.Number(corpus.Report.TrainPosts))}{Parts.Fact("Held out", Words.Number(corpus.Report.ValidationPosts))}{Parts.Fact("Left out", Words.Number(corpus.Report.Skipped.Count + corpus.Report.Duplicates.Count))}</dl>
        {corpus.Report.Notes.Select(note => Markup.Of($"<p class=\"note\">{note}</p>"))}
        {Search(corpus)}
        <div class="columns even">
        <section class="card"><h2>Posts by year</h2>{BarChart.Upright("Posts by year", "Year", "Posts", [.. corpus.Report.Years.Select(year => (year.Key, (long)year.Value))])}</section>
        <section class="card"><h2>Tokens by year</h2>{BarChart.Upright("Tokens by year", "Year", "Tokens", [.. corpus.TokensByYear.Select(year => (year.Key, year.Value))])}</section>
        <section class="card"><h2>Posts by tag</h2>{BarChart.Lying("Posts by tag", "Tag", "Posts", [.. corpus.Report.Tags.Select(tag => (tag.Key, (long)tag.Value))], TagsShown)}</section>
        <section class="card"><h2>Posts by length</h2>{BarChart.Upright("Posts by length in words", "Words from", "Posts", [.. corpus.Report.Lengths.Select(bucket => (Words.Number(bucket.FromWords), (long)bucket.Posts))])}</section>
        </div>
        <section class="card"><h2>Left out, and why</h2>{(corpus.Report.Skipped.Count == 0 ? Markup.Of($"<p class=\"quiet\">Nothing.</p>") : Parts.Table("Posts left out", ["Post", "Why"], corpus.Report.Skipped.Select(post => (IReadOnlyList<Markup>)[Markup.Of($"<code>{post.Path}</code>"), Parts.Text(post.Reason)])))}</section>
        <section class="card"><h2>Near-duplicates</h2>{(corpus.Report.Duplicates.Count == 0 ? Markup.Of($"<p class=\"quiet\">No two posts say the same.</p>") : Parts.Table("Near-duplicates", ["Left out", "Kept", "#Likeness"], corpus.Report.Duplicates.Select(post => (IReadOnlyList<Markup>)[Markup.Of($"<code>{post.Path}</code>"), Markup.Of($"<code>{post.Kept}</code>"), Parts.Text(post.Exact ? "equal" : post.Similarity.ToString("0 %", CultureInfo.InvariantCulture))])))}</section>
        """))
    { Json = corpus.Query is { } query ? $"/api/corpus?q={Uri.EscapeDataString(query)}" : "/api/corpus" };

    private static Markup Search(CorpusAnswer corpus) => Markup.Of(
        $"""
        <section class="card" id="posts"><h2>Posts</h2>
        <form class="search" role="search" action="/corpus" method="get"><label for="q">Search titles, tags and texts</label><input id="q" name="q" type="search" value="{corpus.Query}"><button>Search</button>{(corpus.Query is null ? Markup.None : Markup.Of($" <a href=\"/corpus\">all posts</a>"))}</form>
        <p class="quiet">{Words.Count(corpus.Found, "post")}{(corpus.Query is { } query ? Markup.Of($" with “{query}”") : Markup.None)}</p>
        {Parts.Table("Posts", ["Date", "Title", "Tags", "#Words", "#Tokens", "Use"], corpus.Posts.Select(Row))}
        {Pages(corpus)}</section>
        """);

    private static IReadOnlyList<Markup> Row(FoundPost found) =>
    [
        Parts.Text(found.Post.Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "–"),
        Markup.Of($"<strong>{found.Post.Title}</strong><br><code class=\"quiet\">{found.Post.Path}</code>{(found.Excerpt is { } excerpt ? Markup.Of($"<br><q class=\"quiet\">{excerpt}</q>") : Markup.None)}"),
        Parts.Text(string.Join(", ", found.Post.Tags)),
        Parts.Text(Words.Number(found.Post.Words)),
        Parts.Text(Words.Number(found.Post.Tokens)),
        Parts.Text(found.Post.HeldOut ? "held out" : "training"),
    ];

    private static Markup Pages(CorpusAnswer corpus)
    {
        var pages = (corpus.Found + CorpusAnswer.PageLength - 1) / CorpusAnswer.PageLength;
        return pages < 2 ? Markup.None : Markup.Of(
            $"""
            <nav aria-label="Pages of posts" class="pages">{(corpus.Page > 1 ? Page(corpus, corpus.Page - 1, "← newer") : Markup.None)} <span>page {corpus.Page} of {pages}</span> {(corpus.Page < pages ? Page(corpus, corpus.Page + 1, "older →") : Markup.None)}</nav>
            """);
    }

    private static Markup Page(CorpusAnswer corpus, int page, string name) =>
        Markup.Of($"<a href=\"/corpus?page={page}{(corpus.Query is { } query ? $"&q={Uri.EscapeDataString(query)}" : "")}#posts\">{name}</a>");
}
