using Pipeline.Functions.Page.Html;

namespace Pipeline.Functions.Page.Views;

/// <summary>Asks for the key of a closed page.</summary>
internal static class SignInView
{
    /// <summary>The view.</summary>
    /// <param name="back">Where to go on afterwards.</param>
    /// <param name="refused">Whether a wrong key was given.</param>
    /// <param name="hasKey">Whether there is a key that could be right.</param>
    public static PageView Of(string back, bool refused, bool hasKey) => new("", "Sign in", Markup.Of(
        $"""
        <h1>Reading is closed here</h1>
        {(refused ? Markup.Of($"<p class=\"note bad\" role=\"alert\">That is not the page's key.</p>") : Markup.None)}
        {(hasKey
            ? Markup.Of(
                $"""
                <form class="card narrow" method="post" action="/api/sign-in"><input type="hidden" name="back" value="{back}"><label for="page-key">The page's key</label><input id="page-key" name="key" type="password" autocomplete="current-password" required><p><button class="main">Read</button></p></form>
                """)
            : Markup.Of($"<p>No key is set by which it could be opened: set PIPELINE_PAGE_KEY, or open reading with PIPELINE_PAGE=open.</p>"))}
        """))
    { Status = StatusCodes.Status401Unauthorized };
}
