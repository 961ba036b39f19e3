using Pipeline.Registry;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Rollback;

public sealed class RollbackTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_last_good_version_takes_over_again_and_the_reason_is_in_the_history()
    {
        await using var app = await StartAsync();
        var (status, table) = await app.Http.PostJsonAsync("/api/models/rollback", """{"reason":"It rhymes."}""", Token);
        Assert.Equal(200, status);
        Assert.Equal("v1", table.GetProperty("stable").GetString());
        var last = (await ReadAsync(app)).History[^1];
        Assert.Equal((RoutingChangeKind.RolledBack, "v2", "It rhymes."), (last.Change, last.Version, last.Reason));
        Assert.Equal(409, (await app.Http.PostJsonAsync("/api/models/rollback", "{}", Token)).Status);
    }

    [Fact]
    public async Task An_empty_body_is_an_order_too()
    {
        await using var app = await StartAsync();
        using var answer = await app.Http.PostAsync(new Uri("/api/models/rollback", UriKind.Relative), null, Token);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("v1", (await ReadAsync(app)).Stable);
    }

    [Fact]
    public async Task A_pinned_version_stays_until_it_is_unpinned()
    {
        await using var app = await StartAsync();
        Assert.Equal(200, (await app.Http.PostJsonAsync("/api/models/rollback", """{"version":"v1","pin":true}""", Token)).Status);
        Assert.Equal(("v1", "v1"), ((await ReadAsync(app)).Stable, (await ReadAsync(app)).Pinned));
        Assert.Equal(409, (await app.Http.PostJsonAsync("/api/models/rollback", """{"version":"v2"}""", Token)).Status);
        Assert.Equal(409, (await app.Http.PostJsonAsync("/api/models/rollback", "{}", Token)).Status);
        Assert.Equal(200, (await app.Http.PostJsonAsync("/api/models/rollback", """{"unpin":true}""", Token)).Status);
        Assert.Equal(200, (await app.Http.PostJsonAsync("/api/models/rollback", """{"version":"v2"}""", Token)).Status);
        Assert.Equal(("v2", null), ((await ReadAsync(app)).Stable, (await ReadAsync(app)).Pinned));
    }

    [Fact]
    public async Task What_serves_can_be_pinned()
    {
        await using var app = await StartAsync();
        Assert.Equal(200, (await app.Http.PostJsonAsync("/api/models/rollback", """{"pin":true}""", Token)).Status);
        Assert.Equal("v2", (await ReadAsync(app)).Pinned);
    }

    [Theory]
    [InlineData("""{"version":"v9"}""", 404)]
    [InlineData("""{"version":"../x"}""", 409)]
    [InlineData("""{"pin":true,"unpin":true}""", 400)]
    [InlineData("""{"verison":"v1"}""", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    public async Task What_cannot_be_done_changes_nothing(string body, int expected)
    {
        await using var app = await StartAsync();
        var before = (await ReadAsync(app)).ToJson();
        Assert.Equal(expected, (await app.Http.PostJsonAsync("/api/models/rollback", body, Token)).Status);
        Assert.Equal(before, (await ReadAsync(app)).ToJson());
    }

    private static Task<RoutingTable> ReadAsync(TestApp app) => new RoutingStore(app.Store).ReadAsync(Token);

    private async Task<TestApp> StartAsync()
    {
        var app = await TestApp.StartAsync(folder, Token);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v1"), DateTimeOffset.UnixEpoch, Token);
        await TestModels.ServeAsync(app.Store, TestModels.Manifest("v2"), DateTimeOffset.UnixEpoch.AddDays(1), Token);
        return app;
    }
}
