using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Page;

/// <summary>The page as HTML: what it says without scripts, what it never lets through, and who may read it.</summary>
public sealed partial class PageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static readonly string[] AllViews = ["/", "/write", "/train", "/models", "/corpus"];

    /// <summary>The addresses of the page's views.</summary>
    public static TheoryData<string> Views => [.. AllViews];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Every_view_of_an_empty_store_says_what_to_do(string view)
    {
        await using var app = await TestApp.StartAsync(folder, Token);

        using var answer = await app.Http.GetAsync(view, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<h1>", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/write")]
    [InlineData("/train?run=%3Cscript%3E&with=%22&from=x&to=-1")]
    [InlineData("/models")]
    [InlineData("/corpus?q=%3Cscript%3Ealert(1)%3C/script%3E")]
    [InlineData("/%3Cscript%3E")]
    public async Task Markup_in_posts_titles_samples_and_addresses_is_shown_as_text(string view)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await HostileStore.WriteAsync(app.Store, Token);

        var page = await app.Http.GetStringAsync(view, Token).ContinueWith(task => task.IsFaulted ? "" : task.Result, Token, TaskContinuationOptions.None, TaskScheduler.Default);

        Assert.DoesNotContain("<script>", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        if (view is "/" or "/corpus" or "/models")
        {
            Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Nothing_is_inline_and_nothing_comes_from_elsewhere(string view)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await HostileStore.WriteAsync(app.Store, Token);

        using var answer = await app.Http.GetAsync(view, Token);
        var page = await answer.Content.ReadAsStringAsync(Token);

        Assert.DoesNotMatch(Inline(), page);
        Assert.All(Source().Matches(page), source => Assert.StartsWith("/page/", source.Groups[1].Value, StringComparison.Ordinal));
        var policy = string.Join(';', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task Every_script_style_and_icon_that_a_view_names_is_there()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var named = new HashSet<string>();
        foreach (var view in AllViews)
        {
            named.UnionWith(Source().Matches(await app.Http.GetStringAsync(view, Token)).Select(match => match.Groups[1].Value));
        }

        Assert.Contains("/page/page.css", named);
        foreach (var path in named)
        {
            using var answer = await app.Http.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
            using var unchanged = await app.Http.SendAsync(again, Token);
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(app, "/page/..%2fhost.json"));
    }

    [Fact]
    public async Task A_closed_page_is_read_with_its_key_alone_by_form_or_header()
    {
        await using var app = await TestApp.StartAsync(folder, Token, settings => (settings.Page, settings.PageKey) = ("closed", "the key"));
        using var visitor = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = app.Http.BaseAddress };

        foreach (var path in new[] { "/", "/corpus", "/api/status", "/api/runs", "/api/runs/x", "/api/models", "/api/posts", "/api/corpus", "/api/vocabulary" })
        {
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, await StatusAsync(app, path)));
        }

        Assert.Equal("/?refused=key", (await SignInAsync(visitor, "a guess", "/models")).Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.GetAsync("/models", Token)).StatusCode);
        Assert.Equal("/", (await SignInAsync(visitor, "the key", "//elsewhere.example")).Headers.Location?.ToString());
        using var signedIn = await SignInAsync(visitor, "the key", "/models");
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.Equal("/models", signedIn.Headers.Location?.ToString());
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("the key", cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/models", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/api/status", Token)).StatusCode);

        app.Http.DefaultRequestHeaders.Add("x-functions-key", "the key");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/api/status"));
    }

    [Fact]
    public async Task A_closed_page_without_a_key_stays_closed()
    {
        await using var app = await TestApp.StartAsync(folder, Token, settings => settings.Page = "closed");
        app.Http.DefaultRequestHeaders.Add("x-functions-key", "");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, "/"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, "/api/status"));
    }

    [Fact]
    public async Task A_search_finds_titles_tags_and_texts()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await TestModels.WritePostsAsync(app.Store, 3, Token, number => number == 2 ? "A kettle stands on the stove, and the kettle boils." : TestModels.Text(number));

        var kettle = await app.Http.GetFromJsonAsync<JsonElement>("/api/corpus?q=KETTLE", Token);
        var title = await app.Http.GetFromJsonAsync<JsonElement>("/api/corpus?q=post%203", Token);

        Assert.Equal(1, kettle.GetProperty("found").GetInt32());
        Assert.Equal("Post 2", kettle.GetProperty("posts")[0].GetProperty("post").GetProperty("title").GetString());
        Assert.StartsWith("A kettle stands", kettle.GetProperty("posts")[0].GetProperty("excerpt").GetString(), StringComparison.Ordinal);
        Assert.Equal("Post 3", title.GetProperty("posts")[0].GetProperty("post").GetProperty("title").GetString());
        Assert.Equal(3, (await app.Http.GetFromJsonAsync<JsonElement>("/api/corpus", Token)).GetProperty("report").GetProperty("posts").GetInt32());
    }

    /// <inheritdoc />
    public void Dispose() => folder.Dispose();

    private static async Task<HttpStatusCode> StatusAsync(TestApp app, string path)
    {
        using var answer = await app.Http.GetAsync(path, Token);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient visitor, string key, string back) =>
        visitor.PostAsync("/api/sign-in", new FormUrlEncodedContent(new Dictionary<string, string> { ["key"] = key, ["back"] = back }), Token);

    // Style attributes, event handlers, scripts or styles with content, and addresses that are programs.
    [GeneratedRegex(@"<[a-z][^\s>]*(?:\s+[\w-]+(?:=""[^""]*"")?)*?\s+(style|on\w+)=|<script(?![^>]*\ssrc=)|<script[^>]*>[^<]|<style|(href|src|action)=""\s*(javascript|data):", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex("""<(?:script|link)[^>]+(?:src|href)="([^"]+)""")]
    private static partial Regex Source();
}
