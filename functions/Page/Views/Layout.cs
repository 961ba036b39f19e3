using Pipeline.Functions.Page.Html;

namespace Pipeline.Functions.Page.Views;

/// <summary>What every view stands in.</summary>
internal static class Layout
{
    private static readonly (string Path, string Name)[] Views = [("/", "Today"), ("/write", "Write"), ("/train", "Train"), ("/models", "Models"), ("/corpus", "Corpus")];

    /// <summary>A whole page.</summary>
    /// <param name="view">What is shown.</param>
    /// <param name="access">Whether actions need a key.</param>
    public static Markup Of(PageView view, PageAccess access) => Markup.Of(
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{view.Title} · Pipeline</title>
        <link rel="icon" href="/page/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/page/page.css">
        <script src="/page/theme.js"></script>
        <script type="module" src="/page/page.js"></script>
        {(view.Script is { } script ? Markup.Of($"<script type=\"module\" src=\"/page/{script}\"></script>") : Markup.None)}
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
        <a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M3 16h7m12 0h7"/><circle cx="16" cy="16" r="6"/></svg>Pipeline</a>
        <nav aria-label="Views"><ul>{Views.Select(known => Link(known.Path, known.Name, view.Path))}</ul></nav>
        <div class="tools">{(access.ActionsNeedKey ? KeyForm : Markup.None)}<button type="button" class="plain js" id="theme" aria-label="Switch between light and dark">◐</button></div>
        </header>
        <main id="main" tabindex="-1">
        {view.Body}
        </main>
        <p id="said" class="said" role="status" aria-live="polite"></p>
        <footer><p>{(view.Json is { } json ? Markup.Of($"<a href=\"{json}\">The figures as JSON</a> · ") : Markup.None)}<a href="/api/openapi.json">OpenAPI</a></p></footer>
        </body>
        </html>
        """);

    private static Markup KeyForm => Markup.Of(
        $"""
        <details class="keyring js"><summary>Key</summary><form id="key-form"><label for="key">The app's key, for actions</label><input id="key" type="password" autocomplete="current-password" required><button>Keep for this tab</button></form></details>
        """);

    private static Markup Link(string path, string name, string current) =>
        Markup.Of($"<li><a href=\"{path}\"{(path == current ? Markup.Of($" aria-current=\"page\"") : Markup.None)}>{name}</a></li>");
}

/// <summary>A view to be shown.</summary>
/// <param name="Path">Its address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Body">Its content.</param>
internal sealed record PageView(string Path, string Title, Markup Body)
{
    /// <summary>The module that brings it to life; null if it needs none of its own.</summary>
    public string? Script { get; init; }

    /// <summary>Where its figures are as JSON.</summary>
    public string? Json { get; init; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;
}
