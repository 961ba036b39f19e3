using System.Net;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Fuzz;

/// <summary>Runs alone, since what it measures is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzAlone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "fuzz";
}

/// <summary>Whatever a host, GitHub or a caller sends, the handler answers: never with an error of its own, and it goes on answering.</summary>
[Collection(FuzzAlone.Name)]
public sealed class PayloadFuzzTests : IDisposable
{
    private const string Secret = "the-webhook's-secret";

    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ",", ":", "null", "true", "\"\"", "\"\\ud800\"", "-1", "1e400", "\\u0000", "\"Data\":", "\"Metadata\":", "\"req\":", "\"Url\":", "\"Headers\":{\"a b\":[\"\\r\\n\"]}", "\"Method\":\"\"", "\"ndarray\":[[", "\"tensor\":{\"shape\":[2147483647,2147483647]",
        "\"reward\":", "\"commits\":[", "\"ref\":7", "\"seed\":18446744073709551616", "\"temperature\":\"NaN\"", "\"length\":-5", "../", "%00",
    ];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task No_invocation_of_a_host_makes_a_function_fail()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        var functions = FunctionDefinition.ReadAll(AppContext.BaseDirectory);
        var examples = functions.SelectMany(function => new[] { true, false }.Select(wrapped => Encoding.UTF8.GetBytes(Payloads.For(function, wrapped).ToJsonString()))).ToList();
        // What writes posts or trains needs what is not here, and says so; what reads a blob that only the product writes may fail on another.
        var names = functions.Select(function => function.Name).Except(["DecideDeployment", "HandleGitHubEvent", "PublishPost", "PublishNow"]).ToArray();
        var fuzzing = new Fuzzing(examples, Words);
        await SendAsync(app, 2000, number => (fuzzing.Make(new Random(number)), names[number % names.Length], _ => { }));
    }

    [Fact]
    public async Task No_body_of_a_caller_makes_a_route_fail()
    {
        await using var app = await TestApp.StartAsync(folder, Token, settings => (settings.GitHubRepository, settings.WebhookSecret, settings.GitHubToken) = ("ann/blog", Secret, "ghp_x"));
        string[] examples =
        [
            """{"data":{"ndarray":["To be, or not to be"]},"meta":{"tags":{"length":5,"temperature":0.5,"seed":3}}}""", """{"strData":"a"}""", """{"data":{"tensor":{"shape":[1,3],"values":[1,2,3]}}}""",
            """{"title":"Soup","temperature":0.7,"seed":5,"stop":["a"],"explain":2,"badWords":["x"]}""", """{"request":{},"response":{"meta":{"puid":"a","tags":{"version":"v1"}}},"reward":0.5}""",
            """{"version":"v1","pin":true,"reason":"x"}""", """{"force":true,"preset":"tiny","overrides":{"steps":100}}""",
            """{"ref":"refs/heads/main","before":"a","after":"b","repository":{"full_name":"ann/blog"},"commits":[{"id":"b","message":"m","added":["_posts/2026-01-01-a.md"]}]}""",
            """{"action":"created","repository":{"full_name":"ann/blog"},"issue":{"number":7,"pull_request":{}},"comment":{"id":5,"body":"/pick 2","created_at":"2026-03-02T10:00:00Z","user":{"login":"ann"}}}""",
        ];
        string[] routes = ["api/predict", "api/sample", "api/send-feedback", "api/models/rollback", "api/train", "api/github"];
        var fuzzing = new Fuzzing([.. examples.Select(Encoding.UTF8.GetBytes)], Words);
        string[] events = ["push", "issue_comment", "pull_request", "ping"];
        await SendAsync(app, 2000, number => (fuzzing.Make(new Random(number)), routes[number % routes.Length], request =>
        {
            request.Headers.Add("X-GitHub-Event", events[number % 4]);
            request.Headers.Add("X-GitHub-Delivery", $"{number}");
            request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), request.Content!.ReadAsByteArrayAsync(Token).GetAwaiter().GetResult())));
        }
        ));
    }

    // Sent as Latin-1, in which À is a byte that begins no character of UTF-8.
    [Theory]
    [InlineData("api/predict", """{"data":{"ndarray":["TÀo be"]}}""")]
    [InlineData("api/predict", """{"data":{"ndarray":["\ud800"]}}""")]
    [InlineData("api/predict", """{"data":{"tensor":{"shape":[1,3]}}}""")]
    [InlineData("api/predict", """{"strData":"a","meta":{"tags":{"length":"\ud800"}}}""")]
    [InlineData("api/send-feedback", """{"request":"À","reward":1}""")]
    public async Task Text_that_is_none_and_a_tensor_without_values_are_refused(string route, string body)
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));

        using var answer = await app.Http.PostAsync(new Uri("/" + route, UriKind.Relative), content, Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task No_body_of_a_megabyte_is_held_more_than_twenty_times()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        string[] routes = ["ConvertPost", "StartTraining", "api/predict", "api/sample", "api/send-feedback"];
        var fuzzing = new Fuzzing(["""{"data":{"ndarray":["To be, or not to be"]},"meta":{"tags":{"length":5}}}"""u8.ToArray(), """{"Data":{"req":{"Url":"a","Headers":{}}},"Metadata":{}}"""u8.ToArray()], Words) { Large = routes.Length };
        foreach (var (body, route) in fuzzing.LargeInputs().Zip(routes))
        {
            // What a route makes at its first request stays.
            await AskAsync("{}"u8.ToArray());
            var held = await Fuzzing.HeldAsync(() => AskAsync(body), fuzzing.MostHeld(body));

            Assert.True(held <= fuzzing.MostHeld(body), $"{route} held {held} bytes for {body.Length}.");

            async Task AskAsync(byte[] bytes)
            {
                using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } };
                using var answer = await app.Http.PostAsync(new Uri("/" + route, UriKind.Relative), content, Token);
                Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
            }
        }
    }

    private static async Task SendAsync(TestApp app, int cases, Func<int, (byte[] Body, string Path, Action<HttpRequestMessage> Sign)> make)
    {
        var many = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_FUZZ_TIMES"), out var times) ? times : 1;
        for (var number = 0; number < cases * many; number++)
        {
            var (body, path, sign) = make(number);
            var told = "";
            // A busy machine may be slow once.
            for (var tries = 0; tries < 2 && told is not null; tries++)
            {
                told = await FaultAsync(app, body, path, sign);
            }

            Assert.True(told is null, $"Case {number}, {path}: {told}\n{Convert.ToBase64String(body.AsSpan(0, Math.Min(body.Length, 3000)))}");
        }

        Assert.Equal(HttpStatusCode.OK, (await app.Http.GetAsync(new Uri("/api/health/live", UriKind.Relative), Token)).StatusCode);
    }

    // What is wrong with an answer; null if it is one.
    private static async Task<string?> FaultAsync(TestApp app, byte[] body, string path, Action<HttpRequestMessage> sign)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + path) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } };
        sign(request);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        // A second for each 100 KB, and much of a busy machine's time.
        limit.CancelAfter(TimeSpan.FromSeconds(10 + (body.Length / 100_000.0)));
        try
        {
            using var answer = await app.Http.SendAsync(request, limit.Token);
            return answer.StatusCode == HttpStatusCode.InternalServerError ? await answer.Content.ReadAsStringAsync(Token) : null;
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            return "no answer in time";
        }
    }
}
