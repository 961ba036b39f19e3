using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary><c>serve</c> on the work folder that <c>once</c> left: routes, keys, triggers.</summary>
[Collection(SampleBlogRuns.Name)]
public sealed class ServeTests(SampleBlogRuns runs)
{
    private const int CtrlC = 2;
    private const string Key = "a-key-of-the-owner";

    [Fact]
    public async Task Every_route_answers_and_a_new_post_becomes_a_document()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var work = folder.Sub("work");
        runs.CopyTo(work);
        var port = Loopback.FreePort();
        using var serve = Programs.Start(
            Programs.Functions, ["serve", "--work", work, "--port", $"{port}"], new Dictionary<string, string?> { ["PIPELINE_FUNCTION_KEY"] = Key });
        await serve.WaitForAsync("Serving on", token);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http.GetAsync("/", token)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http.GetAsync("/api/health/live", token)));
        Assert.Equal(runs.First.Version, (await http.GetFromJsonAsync<JsonElement>("/api/health/ready", token)).GetProperty("version").GetString());
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http.GetAsync("/api/health/else", token)));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(http.GetAsync("/api/sample", token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(http.GetAsync("/api/sample?code=guess", token)));
        http.DefaultRequestHeaders.Add("x-functions-key", Key);

        Assert.Equal("HTTP/1.1 400 ", await BeginningOfAnswerAsync(port, $"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nx-functions-key: {Key}\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{{}}", token));
        var first = await http.GetFromJsonAsync<JsonElement>("/api/sample?title=The%20kettle&length=30&seed=5", token);
        using var posted = await http.PostAsync("/api/sample", Json("""{"title":"The kettle","length":30,"seed":5}"""), token);
        var second = await posted.Content.ReadFromJsonAsync<JsonElement>(token);
        Assert.Equal(first.GetProperty("text").GetString(), second.GetProperty("text").GetString());
        Assert.Equal(5, first.GetProperty("seed").GetInt32());
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(http.GetAsync("/api/sample?length=many", token)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(http.GetAsync("/api/sample?temperature=-1", token)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(http.GetAsync("/api/sample?prompt=a&title=b", token)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(http.PostAsync("/api/sample", Json("{\"lenght\":3}"), token)));

        using var predicted = await http.PostAsync("/api/predict", Json("""{"data":{"ndarray":["The kettle","The tide"]}}"""), token);
        var rows = (await predicted.Content.ReadFromJsonAsync<JsonElement>(token)).GetProperty("data").GetProperty("ndarray");
        Assert.Equal(2, rows.GetArrayLength());
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(http.PostAsync("/api/predict", Json("{}"), token)));
        await CheckStreamAsync(http, first.GetProperty("text").GetString()!, token);
        await CheckSeldonAsync(http, token);
        var puid = first.GetProperty("puid").GetString();
        Assert.Equal(HttpStatusCode.Accepted, await StatusAsync(http.PostAsync("/api/send-feedback", Json($$"""{"response":{{first}},"reward":1}"""), token)));
        Assert.True(File.Exists(Path.Combine(work, "store", "feedback", puid + ".json")));
        Assert.Equal(HttpStatusCode.Conflict, await StatusAsync(http.PostAsync("/api/models/rollback", Json("{}"), token)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(http.PostAsync("/api/train", Json("""{"preset":"enormous"}"""), token)));

        var post = Path.Combine(work, "store", "posts", "_posts", "2026-03-01-dropped-in.md");
        await File.WriteAllTextAsync(post + ".new", "---\ntitle: Dropped in\n---\nA post that came while the functions ran.\n", token);
        File.Move(post + ".new", post);
        var document = Path.Combine(work, "store", "documents", "_posts", "2026-03-01-dropped-in.md.json");
        while (!File.Exists(document))
        {
            await Task.Delay(50, token);
        }

        Assert.Equal("Dropped in", JsonDocument.Parse(await File.ReadAllBytesAsync(document, token)).RootElement.GetProperty("title").GetString());

        serve.Signal(CtrlC);
        var ended = await serve.EndAsync(token);
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.DoesNotContain(Key, ended.Output + ended.Error, StringComparison.Ordinal);
    }

    // The events' pieces make the same text that the plain answer has.
    private static async Task CheckStreamAsync(HttpClient http, string expected, CancellationToken token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/sample?title=The%20kettle&length=30&seed=5") { Headers = { { "Accept", "text/event-stream" } } };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var events = (await answer.Content.ReadAsStringAsync(token)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("event: done\ndata: ", events[^1], StringComparison.Ordinal);
        Assert.Equal(expected, string.Concat(events[..^1].Select(piece => Data(piece).GetProperty("text").GetString())));
        Assert.Equal(expected, Data(events[^1]).GetProperty("text").GetString());

        static JsonElement Data(string piece) => JsonDocument.Parse(piece[(piece.IndexOf("data: ", StringComparison.Ordinal) + "data: ".Length)..]).RootElement;
    }

    // Each form is answered in kind.
    private static async Task CheckSeldonAsync(HttpClient http, CancellationToken token)
    {
        const string Tags = """ "meta":{"puid":"mine","tags":{"length":8,"seed":3,"topic":"tea"}} """;
        var text = await PredictAsync($$"""{"strData":"The kettle",{{Tags}}}""");
        Assert.Equal("mine", text.GetProperty("meta").GetProperty("puid").GetString());
        Assert.Equal("tea", text.GetProperty("meta").GetProperty("tags").GetProperty("topic").GetString());
        Assert.Equal(3, text.GetProperty("meta").GetProperty("tags").GetProperty("seed").GetInt32());
        var rows = await PredictAsync($$"""{"data":{"ndarray":["The kettle","The tide"]},{{Tags}}}""");
        Assert.Equal(text.GetProperty("strData").GetString(), rows.GetProperty("data").GetProperty("ndarray")[0].GetString());
        var nested = await PredictAsync($$"""{"data":{"ndarray":[["The kettle"],["The tide"]]},{{Tags}}}""");
        Assert.Equal(rows.GetProperty("data").GetProperty("ndarray")[1].GetString(), nested.GetProperty("data").GetProperty("ndarray")[1][0].GetString());
        var tokens = await PredictAsync($$"""{"data":{"ndarray":[[1,2,3],[4,5]]},{{Tags}}}""");
        var tensor = await PredictAsync($$$"""{"data":{"tensor":{"shape":[1,3],"values":[1,2,3]}},{{{Tags}}}}""");
        Assert.Equal(
            tokens.GetProperty("data").GetProperty("ndarray")[0].EnumerateArray().Select(token => token.GetInt32()),
            tensor.GetProperty("data").GetProperty("tensor").GetProperty("values").EnumerateArray().Select(token => (int)token.GetDouble()));
        Assert.Equal([1, tokens.GetProperty("data").GetProperty("ndarray")[0].GetArrayLength()], tensor.GetProperty("data").GetProperty("tensor").GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));

        async Task<JsonElement> PredictAsync(string body)
        {
            using var answer = await http.PostAsync("/api/predict", Json(body), token);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(token));
            return await answer.Content.ReadFromJsonAsync<JsonElement>(token);
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        return response.StatusCode;
    }

    private static async Task<string> BeginningOfAnswerAsync(int port, string request, CancellationToken cancellationToken)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        var beginning = new byte["HTTP/1.1 400 ".Length];
        await connection.GetStream().ReadExactlyAsync(beginning, cancellationToken);
        return Encoding.ASCII.GetString(beginning);
    }
}
