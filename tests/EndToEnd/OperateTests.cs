using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>Looking after an installation that <c>once</c> made: doctor, health, forgetting, backup and restore.</summary>
[Collection(SampleBlogRuns.Name)]
public sealed class OperateTests(SampleBlogRuns runs) : IDisposable
{
    private const int CtrlC = 2;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Work => folder.Sub("work");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Doctor_finds_an_installation_that_works_well()
    {
        runs.CopyTo(Work);
        var doctor = await RunAsync("doctor", "--work", Work);
        Assert.True(doctor.ExitCode == 0, doctor.ToString());
        Assert.Contains($"ok      golden logits: {runs.First.Version} gives the golden logits", doctor.Output, StringComparison.Ordinal);
        Assert.EndsWith("Everything is as it should be.\n", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_is_said_only_while_the_model_answers_as_it_did_when_it_was_published()
    {
        runs.CopyTo(Work);
        var (live, ready, body) = await HealthAsync();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (live, ready));
        Assert.True(body.GetProperty("golden").GetBoolean());

        // As if other weights lay under the version's name.
        var path = Path.Combine(Work, "store", "models", runs.First.Version, "manifest.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, Token))!;
        manifest["golden"]!["logits"]!.AsArray()[0] = -50.0;
        await File.WriteAllTextAsync(path, manifest.ToJsonString(), Token);
        (live, ready, body) = await HealthAsync();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (live, ready));
        Assert.Contains("is not what it was", body.GetProperty("error").GetString(), StringComparison.Ordinal);
        var doctor = await RunAsync("doctor", "--work", Work);
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("WRONG   golden logits", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_installation_is_the_one_that_was_backed_up()
    {
        runs.CopyTo(Work);
        var backup = await RunAsync("backup", "--work", Work, "--to", folder.Sub("backups"));
        Assert.True(backup.ExitCode == 0, backup.ToString());
        var again = await RunAsync("backup", "--work", Work, "--to", folder.Sub("backups"));
        Assert.Contains(" 0 of them new", again.Output, StringComparison.Ordinal);

        var restore = await RunAsync("restore", "--from", folder.Sub("backups"), "--work", folder.Sub("restored"));
        Assert.True(restore.ExitCode == 0, restore.ToString());
        Assert.Equal(Blobs(Work), Blobs(folder.Sub("restored")));
        var doctor = await RunAsync("doctor", "--work", folder.Sub("restored"));
        Assert.True(doctor.ExitCode == 0, doctor.ToString());
        Assert.Equal(runs.First.Commit, await Git.RunAsync(folder.Sub("restored", "blog"), Token, "rev-parse", runs.First.Branch));
    }

    [Fact]
    public async Task A_forgotten_post_is_in_nothing_that_is_kept_and_the_model_is_marked()
    {
        runs.CopyTo(Work);
        var post = Directory.EnumerateFiles(Path.Combine(Work, "store", "documents", "_posts"), "*.json").Order(StringComparer.Ordinal).First(
            file => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("skipped").ValueKind == JsonValueKind.Null);
        var document = JsonDocument.Parse(await File.ReadAllBytesAsync(post, Token)).RootElement;
        var path = document.GetProperty("path").GetString()!;
        var words = string.Join(' ', document.GetProperty("text").GetString()!.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries).Take(7));

        var forget = await RunAsync("forget", path, "--work", Work);

        Assert.True(forget.ExitCode == 0, forget.ToString());
        Assert.Contains($"Marked    {runs.First.Version}", forget.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(Work, "store"), "*.json*", SearchOption.AllDirectories).Where(file => !file.Contains($"{Path.DirectorySeparatorChar}models{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
            file => File.ReadAllText(file).Contains(words, StringComparison.Ordinal) || File.ReadAllText(file).Contains(path, StringComparison.Ordinal));
        var doctor = await RunAsync("doctor", "--work", Work);
        Assert.Contains("must not serve. It learnt from a post that was to be forgotten since.", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_stored_as_json_says_which_version_its_form_has()
    {
        // Layouts that belong to other programs, and what a page or a script is handed.
        string[] others = ["config.json", "generation_config.json", "tokenizer.json", "vocab.json", "tokenizer_config.json", "special_tokens_map.json", "adapter_config.json"];
        var without = Directory.EnumerateFiles(runs.Work, "*.json", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(runs.Blog, StringComparison.Ordinal) && !others.Contains(Path.GetFileName(file)))
            .Where(file => !JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.TryGetProperty("format", out _))
            .Select(file => Path.GetRelativePath(runs.Work, file));
        Assert.Empty(without);
    }

    [Fact]
    public async Task A_backup_of_nothing_and_a_restore_of_nothing_say_what_to_do()
    {
        var backup = await RunAsync("backup", "--work", folder.Sub("nowhere"), "--to", folder.Sub("backups"));
        Assert.Equal(2, backup.ExitCode);
        Assert.Contains("--work", backup.Error, StringComparison.Ordinal);
        var restore = await RunAsync("restore", "--work", folder.Sub("nowhere"), "--from", folder.Sub("backups"));
        Assert.Equal(1, restore.ExitCode);
        Assert.Contains("There is no backup here", restore.Error, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Live, HttpStatusCode Ready, JsonElement Body)> HealthAsync()
    {
        var port = Loopback.FreePort();
        using var serve = Programs.Start(Programs.Functions, ["serve", "--work", Work, "--port", $"{port}"]);
        await serve.WaitForAsync("Serving on", Token);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var live = await http.GetAsync("/api/health/live", Token);
        using var ready = await http.GetAsync("/api/health/ready", Token);
        var body = await ready.Content.ReadFromJsonAsync<JsonElement>(Token);
        serve.Signal(CtrlC);
        await serve.EndAsync(Token);
        return (live.StatusCode, ready.StatusCode, body);
    }

    private static Task<ProgramResult> RunAsync(params string[] arguments) => Programs.RunAsync(Programs.Functions, arguments, Token);

    private static SortedDictionary<string, string> Blobs(string work)
    {
        var store = Path.Combine(work, "store");
        return new(
            Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories)
                .Select(file => (Name: Path.GetRelativePath(store, file), File: file))
                // Not blobs: what the store and the job keep for themselves.
                .Where(file => !file.Name.StartsWith('.'))
                .ToDictionary(file => file.Name, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file.File)))),
            StringComparer.Ordinal);
    }
}
