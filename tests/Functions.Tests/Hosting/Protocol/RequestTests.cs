using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Functions.Hosting;
using Pipeline.Publishing;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>What the host sends, in every encoding that its versions have, and what comes back.</summary>
public sealed partial class RequestTests(PublishedApp app) : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Dictionary<string, string?> Settings => PublishedApp.Settings(folder.Sub("store"), folder.Sub("blog"));

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder.Sub("source", "_posts"));
        await File.WriteAllTextAsync(folder.Sub("source", "_posts", "2026-01-01-first.md"), "---\ntitle: First\n---\nA first post.\n", Token);
        await LocalGitRepository.ImportAsync(folder.Sub("source"), folder.Sub("blog"), TimeProvider.System, Token);
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_function_of_the_package_takes_its_trigger_in_both_encodings_chunked_and_not()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        foreach (var function in await app.FunctionsAsync(Token))
        {
            foreach (var (wrapped, chunked) in new[] { (true, true), (true, false), (false, true), (false, false) })
            {
                var answer = await handler.InvokeAsync(function.Name, Payloads.For(function, wrapped).ToJsonString(), Token, chunked);
                Assert.True(answer.Succeeded, $"{function.Name}, wrapped {wrapped}, chunked {chunked}: {answer.Status} {answer.Body}\n{handler.Program.SoFar}");
                var outputs = answer.Outputs();
                if (function.Trigger.Type == "httpTrigger")
                {
                    var result = outputs.GetProperty(function.HttpOutput!);
                    Assert.InRange(int.Parse(result.GetProperty("statusCode").ToString(), CultureInfo.InvariantCulture), 200, 599);
                    Assert.All(result.GetProperty("headers").EnumerateObject(), header => Assert.Equal(JsonValueKind.String, header.Value.ValueKind));
                    Assert.Equal(JsonValueKind.String, result.GetProperty("body").ValueKind);
                }
                else
                {
                    // Nothing that the host could take for base64: the functions write to the store themselves.
                    Assert.Empty(outputs.EnumerateObject());
                }
            }
        }

        Assert.Equal("", (await handler.StopAsync(Token)).Error);
    }

    [Fact]
    public async Task An_unknown_function_is_not_found_and_harms_nothing()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        Assert.Equal(HttpStatusCode.NotFound, (await handler.InvokeAsync("NoSuchFunction", "{}", Token)).Status);
        Assert.True(await handler.ProbeAsync(Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"Metadata\":{}}")]
    [InlineData("{\"Data\":null,\"Metadata\":{}}")]
    [InlineData("{\"Data\":{}}")]
    [InlineData("{\"Data\":{\"blob\":17,\"timer\":17,\"req\":17},\"Metadata\":{\"name\":\"a\",\"version\":\"a\"}}")]
    [InlineData("{\"Data\":{\"blob\":\"no base64!\",\"timer\":\"x\",\"req\":\"x\"},\"Metadata\":{\"name\":\"a\",\"version\":\"a\"}}")]
    [InlineData("{\"Data\":{\"blob\":{},\"timer\":[],\"req\":[]},\"Metadata\":{\"name\":\"a\",\"version\":\"a\"}}")]
    public async Task What_is_no_invocation_fails_at_once_and_the_process_lives_on(string payload)
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        foreach (var function in await app.FunctionsAsync(Token))
        {
            (await handler.InvokeAsync(function.Name, payload, Token)).AssertFailed();
        }

        Assert.True(await handler.ProbeAsync(Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Blobs_of_any_name_and_content_are_taken(bool wrapped)
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        var convert = (await app.FunctionsAsync(Token)).Single(function => function.Name == "ConvertPost");
        string[] names = ["_posts/2026-01-02-a.md", "deep/er/_posts/2026-01-02-b c.md", "_posts/2026-01-02-блог.md", "_posts/2026-01-02-\"quoted\".md", "\"quoted\"", "\""];
        byte[][] contents = [[], [0xEF, 0xBB, 0xBF, 0x61], [0xFF, 0xFE, 0x00, 0x80], "1234"u8.ToArray(), Encoding.UTF8.GetBytes("---\ntitle: \"A\"\n---\nText\n")];
        foreach (var name in names)
        {
            foreach (var content in contents)
            {
                Post(name, content);
                (await handler.InvokeAsync("ConvertPost", Payloads.Blob(convert, name, content, wrapped).ToJsonString(), Token)).Outputs();
            }
        }

        Assert.Equal(
            ["_posts/2026-01-02-\"quoted\".md.json", "_posts/2026-01-02-a.md.json", "_posts/2026-01-02-блог.md.json", "deep/er/_posts/2026-01-02-b c.md.json"],
            Files("documents"));
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.Sub("store", "documents", "_posts", "2026-01-02-блог.md.json"), Token));
        Assert.Equal("A", document.RootElement.GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_blob_of_a_hundred_megabytes_is_taken_and_a_larger_one_refused_cleanly()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        var convert = (await app.FunctionsAsync(Token)).Single(function => function.Name == "ConvertPost");
        (await handler.InvokeAsync("ConvertPost", Large(convert, 100 << 20), Token)).Outputs();
        try
        {
            (await handler.InvokeAsync("ConvertPost", Large(convert, 110 << 20), Token, chunked: false)).AssertFailed();
        }
        catch (HttpRequestException)
        {
            // The answer came while the body was still being sent, and the connection ended with it: a failed run for the host.
        }

        Assert.True(await handler.ProbeAsync(Token));
    }

    [Fact]
    public async Task Odd_or_missing_properties_and_unknown_members_do_no_harm()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        foreach (var function in (await app.FunctionsAsync(Token)).Where(function => function.Trigger.Type != "httpTrigger"))
        {
            foreach (var change in Oddities())
            {
                var payload = Payloads.For(function, wrapped: true);
                change(payload);
                var answer = await handler.InvokeAsync(function.Name, payload.ToJsonString(), Token);
                Assert.True(answer.Succeeded, $"{function.Name}: {payload.ToJsonString()} gave {answer.Body}");
            }
        }
    }

    [Theory]
    [InlineData("""{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""")]
    [InlineData("""{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00","Next":"2026-09-21T09:00:00"},"IsPastDue":true}""")]
    [InlineData("""{"ScheduleStatus":{"Last":"0001-01-01T00:00:00+00:00","Next":"","LastUpdated":"yesterday"},"IsPastDue":true}""")]
    [InlineData("""{"IsPastDue":"true","More":[1]}""")]
    [InlineData("{}")]
    public async Task A_timer_with_any_status_runs(string timer)
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        foreach (var function in (await app.FunctionsAsync(Token)).Where(function => function.Trigger.Type == "timerTrigger"))
        {
            var payload = Payloads.Timer(function, wrapped: false);
            payload["Data"]![function.Trigger.Name] = JsonNode.Parse(timer);
            (await handler.InvokeAsync(function.Name, payload.ToJsonString(), Token)).Outputs();
        }
    }

    [Fact]
    public async Task A_request_gets_the_same_answer_forwarded_and_in_an_envelope()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        foreach (var function in (await app.FunctionsAsync(Token)).Where(function => function.Trigger.Type == "httpTrigger"))
        {
            foreach (var method in function.Trigger.Methods)
            {
                const string Body = """{"nonsense":true}""";
                var posts = method == "post";
                using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), $"/{Payloads.Route(function)}?temperature=no");
                request.Content = posts ? new StringContent(Body, Encoding.UTF8, "application/json") : null;
                using var forwarded = await handler.Http.SendAsync(request, Token);
                var enveloped = (await handler.InvokeAsync(
                    function.Name, Payloads.Http(function, method, posts ? Body : null, wrapped: true, "temperature=no").ToJsonString(), Token)).Outputs().GetProperty(function.HttpOutput!);

                Assert.Equal((int)forwarded.StatusCode, enveloped.GetProperty("statusCode").GetInt32());
                Assert.Equal(WithoutMoment(await forwarded.Content.ReadAsStringAsync(Token)), WithoutMoment(enveloped.GetProperty("body").GetString()!));
                Assert.Equal(forwarded.Content.Headers.ContentType?.ToString(), enveloped.GetProperty("headers").GetProperty("Content-Type").GetString());
            }
        }
    }

    // The status says when it was told, and the two are told one after the other.
    private static string WithoutMoment(string body) => MomentOfStatus().Replace(body, "${before}a moment");

    [GeneratedRegex("^(?<before>\\{[^{}]*\"time\":\")\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?\\+00:00")]
    private static partial Regex MomentOfStatus();

    [Fact]
    public async Task An_envelope_may_lack_its_body_its_url_and_its_headers_or_hold_them_in_other_forms()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        var sample = (await app.FunctionsAsync(Token)).Single(function => function.Name == "Sample");
        string[] requests =
        [
            "{}",
            """{"Method":"POST"}""",
            """{"Method":"POST","Body":null,"Headers":null,"Params":null,"Query":null}""",
            """{"Method":"POST","Url":"https://app/api/sample","Headers":{"Content-Type":["application/octet-stream"]},"Body":"eyJ0aXRsZSI6IlNvdXAifQ=="}""",
            """{"Method":"POST","Url":"https://app/api/sample","Headers":{"Content-Type":"application/json"},"Body":{"title":"Soup"}}""",
            """{"Method":"GET","Query":{"title":"Soup"},"Params":{"slug":null}}""",
        ];
        var answers = new List<int>();
        foreach (var request in requests)
        {
            var payload = new JsonObject { ["Data"] = new JsonObject { [sample.Trigger.Name] = JsonNode.Parse(request) }, ["Metadata"] = null };
            answers.Add((await handler.InvokeAsync("Sample", payload.ToJsonString(), Token)).Outputs().GetProperty("res").GetProperty("statusCode").GetInt32());
        }

        // No model is in service: 503 means that the request was understood, 400 that it had no body.
        Assert.Equal([503, 400, 400, 503, 503, 503], answers);
    }

    [Fact]
    public async Task A_forwarded_request_keeps_path_query_method_and_status()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        Assert.Equal("live", (await handler.Http.GetFromJsonAsync<JsonElement>("/api/health/live", Token)).GetProperty("status").GetString());
        using var wrongMethod = await handler.Http.PostAsync("/api/health/live", null, Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrongMethod.StatusCode);
        using var wrongPath = await handler.Http.GetAsync("/api/healthy", Token);
        Assert.Equal(HttpStatusCode.NotFound, wrongPath.StatusCode);
        using var wrongValue = await handler.Http.GetAsync("/api/sample?length=many", Token);
        Assert.Equal(HttpStatusCode.BadRequest, wrongValue.StatusCode);
    }

    private static IEnumerable<Action<JsonObject>> Oddities() =>
    [
        payload => payload["Metadata"]!.AsObject().Remove("Properties"),
        payload => payload["Metadata"]!["Properties"] = null,
        payload => payload["Metadata"]!["Properties"] = new JsonArray(1, "two"),
        payload => payload["Metadata"]!["Metadata"] = "none",
        payload => payload["Metadata"]!["Metadata"] = new JsonObject { ["traceparent"] = "00-not-a-trace" },
        payload => payload["Metadata"]!.AsObject().Remove("sys"),
        payload => payload["Metadata"]!["RetryContext"] = new JsonObject { ["RetryCount"] = 2, ["MaxRetryCount"] = 5, ["Exception"] = new JsonObject() },
        payload => payload["Metadata"]!["BlobTrigger"] = "\"posts/notes/readme.txt\"",
        payload => payload["More"] = new JsonArray(new JsonObject()),
        payload => payload["Data"]!["more"] = new JsonObject { ["name"] = "other" },
    ];

    private static byte[] Large(FunctionDefinition function, int bytes)
    {
        var content = new byte[bytes];
        content.AsSpan().Fill((byte)'a');
        var text = Payloads.Blob(function, "_posts/2026-01-02-large.md", [], wrapped: true).ToJsonString();
        var at = text.IndexOf("\"blob\":\"", StringComparison.Ordinal) + "\"blob\":\"".Length;
        return [.. Encoding.UTF8.GetBytes(text[..at]), .. Encoding.ASCII.GetBytes(Convert.ToBase64String(content)), .. Encoding.UTF8.GetBytes(text[at..])];
    }

    private void Post(string name, byte[] content)
    {
        var path = folder.Sub("store", "posts", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private List<string> Files(string container)
    {
        var root = folder.Sub("store", container);
        return [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)];
    }
}
