using System.Net.Http.Json;
using System.Text.Json;
using Pipeline.Functions.Serving;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Serving;

/// <summary>A version in the shadow is asked what the stable one was asked, and harms nobody.</summary>
public sealed class ShadowRunnerTests(RealModel model) : IDisposable
{
    private const string Question = "/api/sample?title=Sea&length=12&seed=";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Both_answers_are_kept_and_the_caller_gets_the_stable_ones()
    {
        await using var app = await StartAsync();
        var alone = await app.Http.GetFromJsonAsync<JsonElement>(Question + 5, Token);

        await ShadowAsync(app, "v2");
        var answer = await app.Http.GetFromJsonAsync<JsonElement>(Question + 5, Token);
        var comparison = await ComparisonAsync(app, "v2", answer.GetProperty("puid").GetString()!);

        Assert.Equal(("v1", alone.GetProperty("text").GetString()), (answer.GetProperty("version").GetString(), answer.GetProperty("text").GetString()));
        Assert.Equal(("v1", "v2", alone.GetProperty("text").GetString()), (comparison.Stable, comparison.Shadow, comparison.StableText));
        Assert.NotEqual(comparison.StableText, comparison.ShadowText);
        Assert.InRange(comparison.StableLogProbability!.Value, -20, 0);
        Assert.InRange(comparison.ShadowLogProbability!.Value, -20, 0);

        // What the shadow says is what it would say in service.
        await new RoutingStore(app.Store).UpdateAsync(table => table.Promote("v2", "test", app.Clock.GetUtcNow()), Token);
        Assert.Equal(comparison.ShadowText, (await app.Http.GetFromJsonAsync<JsonElement>(Question + 5, Token)).GetProperty("text").GetString());
    }

    [Fact]
    public async Task It_runs_only_while_nobody_is_served_and_what_does_not_fit_its_queue_is_left_out()
    {
        await using var app = await StartAsync();
        await ShadowAsync(app, "v2");
        var puids = new List<string>();
        using (await app.Get<GenerationQueue>().EnterAsync(TimeSpan.FromMinutes(1), Token))
        {
            for (var seed = 0; seed < 9; seed++)
            {
                puids.Add((await app.Http.GetFromJsonAsync<JsonElement>(Question + seed, Token)).GetProperty("puid").GetString()!);
            }

            Assert.Empty(await app.Store.ListAsync(Containers.Registry, "shadow/", Token).ToListAsync(Token));
        }

        await ComparisonAsync(app, "v2", puids[0]);
        // One is in its hands and four wait; it may have taken the first before the others came.
        await ComparisonAsync(app, "v2", puids[3]);
        Assert.InRange(await app.Store.ListAsync(Containers.Registry, "shadow/", Token).CountAsync(Token), 4, 5);
    }

    [Fact]
    public async Task A_shadow_that_cannot_be_loaded_harms_nothing_and_the_next_one_is_tried()
    {
        await using var app = await StartAsync();
        await ShadowAsync(app, "v2");
        await app.Store.WriteAsync(ModelStore.BlobOf("v2", "onnx/decoder_quantized.onnx"), "no model"u8.ToArray(), BlobCondition.None, Token);
        var first = await app.Http.GetFromJsonAsync<JsonElement>(Question + 1, Token);
        await ShadowAsync(app, "v3");

        var second = await app.Http.GetFromJsonAsync<JsonElement>(Question + 2, Token);
        await ComparisonAsync(app, "v3", second.GetProperty("puid").GetString()!);

        Assert.Equal("v1", first.GetProperty("version").GetString());
        Assert.Null(await app.Store.FindAsync(ShadowRunner.BlobOf("v2", first.GetProperty("puid").GetString()!), Token));
    }

    private async Task<TestApp> StartAsync()
    {
        var app = await TestApp.StartAsync(folder, Token);
        await model.PublishAsync(app.Store, 1, "v1", "00112233aabbccdd", Token);
        await new RoutingStore(app.Store).UpdateAsync(table => table.Promote("v1", "test", app.Clock.GetUtcNow()), Token);
        return app;
    }

    private async Task ShadowAsync(TestApp app, string version)
    {
        await model.PublishAsync(app.Store, 2, version, "00112233aabbccdd", Token);
        await new RoutingStore(app.Store).UpdateAsync(table => table.Share(version, 0, "test", app.Clock.GetUtcNow()), Token);
    }

    private static async Task<ShadowComparison> ComparisonAsync(TestApp app, string version, string puid)
    {
        while (true)
        {
            if (await app.Store.ReadAsync(ShadowRunner.BlobOf(version, puid), Token) is var (bytes, _))
            {
                return JsonSerializer.Deserialize(bytes, ShadowJson.Default.ShadowComparison)!;
            }

            await Task.Delay(10, Token);
        }
    }
}
