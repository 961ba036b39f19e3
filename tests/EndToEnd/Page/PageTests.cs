using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Testing;

namespace Pipeline.EndToEnd.Page;

/// <summary>The page in a real browser, on what a real run of <c>once</c> left. Pictures of each view are kept below <c>.artifacts/page</c>.</summary>
[Collection(SampleBlogRuns.Name)]
public sealed class PageTests(PageSession session) : IClassFixture<PageSession>
{
    private const int MostBytes = 100_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_view_is_sound_in_both_themes_on_wide_screens_and_phones()
    {
        await session.PlayAsync("views");
        PageSession.Show("today-light-wide.png", "today.png");
        Assert.Equal(20, Directory.EnumerateFiles(PageSession.Pictures, "*-*-*.png").Count(path => Path.GetFileName(path).Split('-')[0] is "today" or "write" or "train" or "models" or "corpus"));
    }

    [Fact]
    public Task Everything_can_be_read_without_JavaScript() => session.PlayAsync("unscripted");

    [Fact]
    public Task The_keyboard_alone_is_enough() => session.PlayAsync("keyboard");

    [Fact]
    public async Task The_first_view_is_small_and_of_one_origin()
    {
        var first = await session.PlayAsync("firstView");

        TestContext.Current.SendDiagnosticMessage($"first view: {first}");
        Assert.InRange(first.GetProperty("bytes").GetInt32(), 1, MostBytes);
    }

    [Fact]
    public async Task Texts_are_streamed_explained_compared_with_the_corpus_and_voted_on()
    {
        var written = await session.PlayAsync("write");
        PageSession.Show("written-light-wide.png", "write.png");

        var vote = JsonDocument.Parse(await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Path.Combine(session.Store, "feedback"))), Token)).RootElement;
        Assert.Equal(1, vote.GetProperty("reward").GetDouble());
        Assert.Equal(session.Version, vote.GetProperty("version").GetString());
        Assert.Equal(written.GetProperty("text").GetString(), vote.GetProperty("response").GetProperty("text").GetString());
    }

    [Fact]
    public Task A_model_that_writes_markup_is_shown_as_text() => session.PlayAsync("hostile");

    [Fact]
    public async Task Training_is_seen_live_and_cancelled_and_its_model_is_tried_put_in_service_and_rolled_back()
    {
        await session.PlayAsync("training");

        var routing = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(session.Store, "registry", "routing.json"), Token)).RootElement;
        Assert.Equal(session.Version, routing.GetProperty("stable").GetString());
        Assert.Equal(JsonValueKind.Null, routing.GetProperty("pinned").ValueKind);
    }

    [Fact]
    public async Task Every_answer_has_the_form_that_the_OpenAPI_document_says()
    {
        using var http = new HttpClient { BaseAddress = session.Address };
        http.DefaultRequestHeaders.Add("x-functions-key", PageSession.Key);
        var answers = new JsonArray();
        foreach (var (method, path, described, body) in new (string, string, string, string?)[]
        {
            ("get", "/api/status", "/api/status", null),
            ("get", "/api/runs", "/api/runs", null),
            ("get", $"/api/runs/{session.Version}", "/api/runs/{run}", null),
            ("get", "/api/runs/none", "/api/runs/{run}", null),
            ("get", "/api/runs/x?after=-", "/api/runs/{run}", null),
            ("get", "/api/models", "/api/models", null),
            ("get", "/api/posts", "/api/posts", null),
            ("get", "/api/posts?days=0", "/api/posts", null),
            ("get", "/api/corpus?q=soup", "/api/corpus", null),
            ("get", "/api/vocabulary", "/api/vocabulary", null),
            ("get", "/api/health/live", "/api/health/{probe}", null),
            ("get", "/api/health/ready", "/api/health/{probe}", null),
            ("get", "/api/sample?title=Soup&length=12&explain=2", "/api/sample", null),
            ("post", "/api/sample", "/api/sample", """{"length":8,"seed":3}"""),
            ("post", "/api/sample", "/api/sample", """{"lenght":8}"""),
            ("post", "/api/predict", "/api/predict", """{"data":{"ndarray":["The kettle"]},"meta":{"tags":{"length":8}}}"""),
            ("post", "/api/originality", "/api/originality", """{"text":"The glass stood at 1021.\n\nIt is nothing."}"""),
            ("post", "/api/models/weights", "/api/models/weights", """{"version":"none","hundredths":3}"""),
            ("post", "/api/models/rollback", "/api/models/rollback", """{"unpin":true}"""),
            ("post", "/api/train", "/api/train", """{"preset":"enormous"}"""),
            ("post", "/api/publish", "/api/publish", null),
        })
        {
            using var request = new HttpRequestMessage(new(method.ToUpperInvariant()), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
            using var answer = await http.SendAsync(request, Token);
            answers.Add(new JsonObject
            {
                ["method"] = method,
                ["path"] = described,
                ["status"] = (int)answer.StatusCode,
                ["sent"] = body is null ? null : JsonNode.Parse(body),
                ["body"] = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token)),
            });
        }

        var document = JsonNode.Parse(await http.GetStringAsync("/api/openapi.json", Token));
        var script = Path.Combine(ProjectFolders.Root, "tests", "EndToEnd", "Page", "check-answers.mjs");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Sub("answers.json"), new JsonObject { ["document"] = document, ["answers"] = answers }.ToJsonString(), Token);
        var said = await Programs.RunAsync("node", [script, folder.Sub("answers.json")], Token);

        Assert.True(said.ExitCode == 0, said.ToString());
        Assert.Equal($"{answers.Count} answers", said.Output.Trim());
    }
}
