using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pipeline.Testing.GitHub;

/// <summary>
/// GitHub as far as the product uses it, with the state of one repository: branches, commits and files are those of a real bare git
/// repository, pull requests are kept in memory. What it should do wrong is said by its members.
/// </summary>
public sealed partial class GitHubServer : IAsyncDisposable
{
    /// <summary>Carries a redirection past prism, which follows them.</summary>
    public const string LocationHeader = "x-test-location";

    /// <summary>The token that is accepted.</summary>
    public const string Token = "github_pat_11TESTTOKEN0000000000_planted0secret0that0no0log0may0hold";

    private readonly GitHubDescription _description;
    private readonly WebApplication _app;
    private readonly Lock _lock = new();

    private GitHubServer(GitHubDescription description, GitFolder git, WebApplication app)
    {
        (_description, Git, _app) = (description, git, app);
        MapRepository();
        MapGit();
        MapPullRequests();
        MapApp();
    }

    /// <summary>The repository behind it.</summary>
    public GitFolder Git { get; }

    /// <summary>Its name.</summary>
    public string Name { get; set; } = "ann/blog";

    /// <summary>The branch that the blog is built from.</summary>
    public string DefaultBranch { get; set; } = "main";

    /// <summary>Whether it is read-only.</summary>
    public bool Archived { get; set; }

    /// <summary>Whether it has no commit.</summary>
    public bool Empty { get; set; }

    /// <summary>Whether branches of ours are forbidden.</summary>
    public bool ForbidsBranches { get; set; }

    /// <summary>Whether drafts are refused, as in private repositories of free accounts.</summary>
    public bool ForbidsDrafts { get; set; }

    /// <summary>Whether recursive listings are cut off.</summary>
    public bool TruncatesTrees { get; set; }

    /// <summary>Answers with this before doing anything, if it gives one: for failures.</summary>
    public Func<HttpRequest, IResult?>? Instead { get; set; }

    /// <summary>Bytes of the archive; null for the real one.</summary>
    public byte[]? Archive { get; set; }

    /// <summary>Tokens that are accepted.</summary>
    public HashSet<string> Tokens { get; } = [Token];

    /// <summary>What people may do: <c>admin</c>, <c>write</c>, <c>read</c>; everybody else nothing.</summary>
    public Dictionary<string, string> People { get; } = new(StringComparer.OrdinalIgnoreCase) { ["ann"] = "admin", ["bea"] = "write", ["cyd"] = "read" };

    /// <summary>All pull requests, the oldest first.</summary>
    public List<PullRequestRecord> PullRequests { get; } = [];

    /// <summary>The permissions that the last installation token was asked for.</summary>
    public JsonNode? AskedPermissions { get; private set; }

    /// <summary>How many installation tokens were made.</summary>
    public int TokensMade { get; private set; }

    /// <summary>The App whose signature is accepted.</summary>
    public (string Id, RSA Key)? App { get; set; }

    /// <summary>When installation tokens end.</summary>
    public Func<DateTimeOffset> TokenEnd { get; set; } = () => DateTimeOffset.UtcNow.AddHours(1);

    /// <summary>Where it listens itself, without prism.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>How many answers said that nothing changed.</summary>
    public int Unchanged { get; private set; }

    /// <summary>Starts it over a bare repository.</summary>
    public static async Task<GitHubServer> StartAsync(GitHubDescription description, string repository, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new GitHubServer(description, new GitFolder(repository), app);
        await app.StartAsync(cancellationToken);
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>Forgets everything that a test has done, but for the repository.</summary>
    public void Reset()
    {
        (Name, DefaultBranch, Archived, Empty, ForbidsBranches, ForbidsDrafts, TruncatesTrees) = ("ann/blog", "main", false, false, false, false, false);
        (Instead, Archive, App, AskedPermissions, TokensMade, Unchanged) = (null, null, null, null, 0, 0);
        TokenEnd = () => DateTimeOffset.UtcNow.AddHours(1);
        Tokens.Clear();
        Tokens.Add(Token);
        PullRequests.Clear();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A refusal in GitHub's form.</summary>
    public static IResult Refuse(int status, string message, params (string Name, string Value)[] headers) =>
        Answer(status, new JsonObject { ["message"] = message, ["documentation_url"] = "https://docs.github.com/rest", ["status"] = status.ToString(CultureInfo.InvariantCulture) }, headers);

    private static JsonAnswer Answer(int status, JsonNode body, params (string Name, string Value)[] headers) => new JsonAnswer(status, body, headers);

    private void Map(string verb, string pattern, Func<HttpRequest, JsonNode?, IResult> handle) =>
        _app.MapMethods(pattern, [verb], async (HttpContext context) =>
        {
            var body = verb == "GET" ? null : await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            IResult result;
            lock (_lock)
            {
                result = Instead?.Invoke(context.Request)
                    ?? (IsAllowed(context.Request) ? handle(context.Request, body) : Refuse(401, $"Bad credentials: {context.Request.Headers.Authorization}"));
            }

            await result.ExecuteAsync(context);
            if (context.Response.StatusCode == 304)
            {
                Unchanged++;
            }
        });

    private void MapOnRepository(string verb, string pattern, Func<HttpRequest, JsonNode?, IResult> handle) =>
        Map(verb, "/repos/{owner}/{repo}" + pattern, (request, body) =>
        {
            var asked = $"{request.RouteValues["owner"]}/{request.RouteValues["repo"]}";
            if (!asked.Equals(Name, StringComparison.OrdinalIgnoreCase))
            {
                return asked == "ann/old-blog"
                    ? Answer(301, new JsonObject { ["message"] = "Moved Permanently", ["url"] = "https://api.github.com/repositories/1", ["documentation_url"] = "https://docs.github.com" }, (LocationHeader, "/repositories/1"))
                    : Refuse(404, "Not Found");
            }

            return verb != "GET" && Archived ? Refuse(403, "Repository was archived so is read-only.") : handle(request, body);
        });

    private bool IsAllowed(HttpRequest request)
    {
        var token = request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        return request.Path.StartsWithSegments("/app", StringComparison.Ordinal) || request.Path.Value!.EndsWith("/installation", StringComparison.Ordinal)
            ? IsSigned(token)
            : Tokens.Contains(token);
    }

    private static string Text(HttpRequest request, string name) => Uri.UnescapeDataString((string)request.RouteValues[name]!);

    private void MapRepository()
    {
        MapOnRepository("GET", "", (_, _) => Answer(200, _description.Make(
            "full-repository",
            ("full_name", Name),
            ("name", Name.Split('/')[1]),
            ("default_branch", DefaultBranch),
            ("html_url", $"https://github.example/{Name}"),
            ("archived", Archived),
            ("size", Empty ? 0 : 100),
            ("permissions", new JsonObject { ["admin"] = false, ["push"] = true, ["pull"] = true }))));
        MapOnRepository("GET", "/contents/{path}", (request, _) =>
        {
            var path = Text(request, "path");
            var expression = $"{request.Query["ref"]}:{path}";
            if (!Git.Has(expression))
            {
                return Refuse(404, "Not Found");
            }

            var bytes = Git.RunBytes(["cat-file", "blob", expression]);
            var large = bytes.Length > 1024 * 1024;
            return Answer(200, _description.Make(
                "content-file",
                ("type", "file"),
                ("path", path),
                ("sha", Git.Run("rev-parse", expression)),
                ("size", bytes.Length),
                ("encoding", large ? "none" : "base64"),
                ("content", large ? "" : Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks))));
        });
        MapOnRepository("GET", "/tarball/{ref}", (request, _) => new RedirectAnswer($"{Address}codeload/{Text(request, "ref")}?token=a-secret-of-the-archive"));
        MapOnRepository("GET", "/collaborators/{user}/permission", (request, _) =>
        {
            var role = People.GetValueOrDefault(Text(request, "user"), "none");
            return Answer(200, new JsonObject { ["permission"] = role, ["role_name"] = role });
        });
        _app.MapGet("/codeload/{commit}", (HttpContext context, string commit) =>
            context.Request.Headers.Authorization.Count > 0 || context.Request.Query["token"] != "a-secret-of-the-archive"
                ? Results.StatusCode(404)
                : Results.Bytes(Archive ?? Git.RunBytes(["archive", "--format=tar.gz", $"--prefix=ann-blog-{commit[..7]}/", commit]), "application/x-gzip"));
    }

    private void MapApp()
    {
        MapOnRepository("GET", "/installation", (_, _) => Answer(200, _description.Make(
            "installation", ("id", 77), ("account", _description.Make("simple-user")), ("permissions", new JsonObject { ["contents"] = "write" }))));
        Map("POST", "/app/installations/{id}/access_tokens", (request, body) =>
        {
            if (Text(request, "id") != "77")
            {
                return Refuse(404, "Not Found");
            }

            AskedPermissions = body!["permissions"]!.DeepClone();
            TokensMade++;
            var token = $"ghs_installation{TokensMade}";
            Tokens.Add(token);
            return Answer(201, new JsonObject { ["token"] = token, ["expires_at"] = TokenEnd().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), ["permissions"] = AskedPermissions.DeepClone() });
        });
    }

    // Checked by hand, not by the library that signs: header and claims, and the signature over the first two parts.
    private bool IsSigned(string token)
    {
        if (App is not { } app || token.Split('.') is not [var header, var claims, var signature])
        {
            return false;
        }

        var said = JsonNode.Parse(Decode(claims))!;
        return (string?)JsonNode.Parse(Decode(header))!["alg"] == "RS256"
            && (string?)said["iss"] == app.Id
            && (long)said["exp"]! - (long)said["iat"]! is > 0 and <= 600
            && app.Key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{claims}"), Decode(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        static byte[] Decode(string part) => System.Buffers.Text.Base64Url.DecodeFromChars(part);
    }

    /// <summary>JSON with an ETag over its bytes; an unchanged one is not sent again.</summary>
    private sealed class JsonAnswer(int status, JsonNode body, (string Name, string Value)[] headers) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            if (status == 200 && context.Request.Method == "GET")
            {
                var etag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"";
                context.Response.Headers.ETag = etag;
                if (context.Request.Headers.IfNoneMatch == etag)
                {
                    context.Response.StatusCode = 304;
                    return;
                }
            }

            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private sealed class RedirectAnswer(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            context.Response.StatusCode = 302;
            context.Response.Headers[LocationHeader] = location;
            return Task.CompletedTask;
        }
    }
}
