using System.Net;
using System.Text;
using Pipeline.Diagnostics;
using Pipeline.Functions.Diagnostics;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Diagnostics;

/// <summary>What doctor says of an app that lacks one thing or another.</summary>
public sealed class AppDoctorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly PipelineSettings settings;

    public AppDoctorTests() => settings = new() { Store = folder.Sub("store"), ModelCache = folder.Sub("models"), BlogRepository = folder.Sub("blog"), TrainerJob = Programs.TrainerJob };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_installation_lacks_a_model_and_a_blog_and_nothing_else()
    {
        var findings = await LookAsync();
        Assert.Equal(
            ["settings", "store", "clock", "stored formats", "golden logits", "money", "model cache", "native library", "disk", "trainer", "blog"],
            findings.Select(finding => finding.Check));
        Assert.Equal(["golden logits", "blog"], findings.Where(finding => finding.Kind != FindingKind.Good).Select(finding => finding.Check));
        Assert.Equal("train one: POST /api/train, or the command 'once'.", findings.Single(finding => finding.Check == "golden logits").Fix);
        Assert.Empty(await new FolderBlobStore(settings.Store, TimeProvider.System).ListAsync(Containers.Registry, "", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Wrong_settings_are_told_first_and_nothing_is_looked_for_where_they_point()
    {
        (settings.PostSchedule, settings.TimeZone) = ("every day", "UTC");
        var finding = Assert.Single(await LookAsync());
        Assert.Equal(("settings", FindingKind.Wrong), (finding.Check, finding.Kind));
        (settings.PostSchedule, settings.TimeZone) = ("0 0 6 * * *", "Atlantis");
        Assert.Contains("PIPELINE_TIME_ZONE", Assert.Single(await LookAsync()).Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_newer_version_stored_is_told_with_the_way_out()
    {
        await new FolderBlobStore(settings.Store, TimeProvider.System).WriteAsync(RoutingStore.Blob, """{"format":99}"""u8.ToArray(), BlobCondition.None, Token);
        Assert.Contains("has format 99; this version reads up to 1. Update Pipeline.", (await LookAsync()).Single(finding => finding.Check == "stored formats").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_whose_files_cannot_be_loaded_is_no_model_in_service()
    {
        var store = new FolderBlobStore(settings.Store, TimeProvider.System);
        await TestModels.ServeAsync(store, TestModels.Manifest("v1"), DateTimeOffset.UnixEpoch, Token);
        var finding = (await LookAsync()).Single(finding => finding.Check == "golden logits");
        Assert.Equal(FindingKind.Wrong, finding.Kind);
        Assert.Contains("roll back", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_that_is_not_there_and_a_cache_that_cannot_be_are_told()
    {
        await File.WriteAllTextAsync(folder.Sub("file"), "", Token);
        (settings.TrainerJob, settings.ModelCache) = (folder.Sub("nothing"), Path.Combine(folder.Sub("file"), "cache"));
        var findings = await LookAsync();
        Assert.Equal(FindingKind.Missing, findings.Single(finding => finding.Check == "trainer").Kind);
        Assert.Equal(FindingKind.Wrong, findings.Single(finding => finding.Check == "model cache").Kind);
    }

    [Theory]
    [InlineData(200, """{"full_name":"ann/blog","default_branch":"main","html_url":"https://github.com/ann/blog","archived":true}""", "archived")]
    [InlineData(200, """{"full_name":"ann/blog","default_branch":"main","html_url":"https://github.com/ann/blog","permissions":{"push":false}}""", "Contents and Pull requests")]
    [InlineData(401, """{"message":"Bad credentials"}""", "token")]
    [InlineData(404, """{"message":"Not Found"}""", "ann/blog")]
    public async Task What_GitHub_refuses_is_told_with_the_permission_that_is_missing(int status, string body, string says)
    {
        (settings.GitHubRepository, settings.GitHubToken) = ("ann/blog", "ghp_secret");
        using var gitHub = new Answering((HttpStatusCode)status, body);
        var findings = await LookAsync(gitHub);
        var finding = findings.Single(found => found.Check == "blog");
        Assert.Equal(FindingKind.Wrong, finding.Kind);
        Assert.Contains(says, finding.Line, StringComparison.Ordinal);
        Assert.DoesNotContain("ghp_secret", finding.Line, StringComparison.Ordinal);
        Assert.Equal(FindingKind.Missing, findings.Single(found => found.Check == "webhook").Kind);
    }

    [Fact]
    public async Task A_clock_that_is_off_is_told_with_the_way_to_set_it()
    {
        var finding = (await LookAsync(clock: new Fast())).Single(finding => finding.Check == "clock");
        Assert.Equal((FindingKind.Wrong, "timedatectl set-ntp true"), (finding.Kind, finding.Fix));
        Assert.Contains("ahead of", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_ends_with_one_if_something_is_missing_and_two_if_the_settings_are_wrong()
    {
        var lacking = await Programs.RunAsync(Programs.Functions, ["doctor", "--json", "--work", folder.FullName], Token);
        Assert.True(lacking.ExitCode == 1, lacking.ToString());
        var report = System.Text.Json.JsonDocument.Parse(lacking.Output).RootElement;
        Assert.False(report.GetProperty("healthy").GetBoolean());
        Assert.Contains(report.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("check").GetString() == "native library" && finding.GetProperty("kind").GetString() == "Good");
        var wrong = await Programs.RunAsync(
            Programs.Functions, ["doctor", "--work", folder.FullName], new Dictionary<string, string?> { ["PIPELINE_CANDIDATES"] = "0" }, Token);
        Assert.Equal(2, wrong.ExitCode);
        Assert.StartsWith("WRONG   settings: PIPELINE_CANDIDATES must be from 1 to 64. Fix: ", wrong.Output, StringComparison.Ordinal);
    }

    private Task<List<Finding>> LookAsync(HttpMessageHandler? gitHub = null, TimeProvider? clock = null) =>
        new AppDoctor(settings, clock ?? TimeProvider.System, gitHub).LookAsync(Token).ToListAsync(Token).AsTask();

    private sealed class Answering(HttpStatusCode status, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
    }

    private sealed class Fast : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromHours(2);
    }
}
