using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Registry;

public sealed class DeploymentDeciderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderBlobStore _store;
    private readonly RoutingStore _routing;

    public DeploymentDeciderTests()
    {
        _store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);
        _routing = new RoutingStore(_store);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fifty_deciders_at_once_leave_a_table_in_which_each_version_was_decided_once()
    {
        // Ten versions, each better than the one before, announced five times each.
        for (var number = 0; number < 10; number++)
        {
            await Models.PublishAsync(_store, _folder, Models.Manifest($"v{number}", perplexity: 30 - number, day: number + 1), Cancel);
        }

        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => new DeploymentDecider(_store, TimeProvider.System).DecideAsync($"v{number % 10}", Cancel)));

        var table = await _routing.ReadAsync(Cancel);
        Assert.Equal("v9", table.Stable);
        Assert.Equal([new KeyValuePair<string, int>("v9", 100)], table.Weights);
        var promoted = table.History.Where(change => change.Change == RoutingChangeKind.Promoted).Select(change => change.Version).ToList();
        Assert.Equal(promoted.Distinct(), promoted);
        Assert.Equal(promoted[^1], table.Stable);
        Assert.Equal(promoted.Count > 1 ? promoted[^2] : null, table.LastGood);
        Assert.Equal(10, table.History.Select(change => change.Version).Distinct().Count());
    }

    [Fact]
    public async Task Fifty_changes_at_once_are_all_in_the_history()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number =>
            new RoutingStore(_store).UpdateAsync(table => table.Refuse("v1", $"{number}", DateTimeOffset.UnixEpoch), Cancel)));
        Assert.Equal(
            Enumerable.Range(0, 50).Select(number => $"{number}").Order(StringComparer.Ordinal),
            (await _routing.ReadAsync(Cancel)).History.Select(change => change.Reason).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_version_that_is_gone_is_not_decided() => Assert.Null(await new DeploymentDecider(_store, TimeProvider.System).DecideAsync("v1", Cancel));

    [Fact]
    public async Task A_change_that_changes_nothing_is_not_written()
    {
        await _routing.UpdateAsync(table => table, Cancel);
        Assert.Null(await _store.FindAsync(RoutingStore.Blob, Cancel));
    }

    [Fact]
    public async Task A_change_to_a_table_that_contradicts_itself_is_refused()
    {
        await Assert.ThrowsAsync<RegistryException>(() => _routing.UpdateAsync(table => table with { Stable = "v1" }, Cancel));
        Assert.Null(await _store.FindAsync(RoutingStore.Blob, Cancel));
    }

    [Fact]
    public async Task A_damaged_table_is_told_and_not_overwritten()
    {
        await _store.WriteAsync(RoutingStore.Blob, "{"u8.ToArray(), BlobCondition.None, Cancel);
        await Assert.ThrowsAsync<RegistryException>(() => _routing.UpdateAsync(table => table.Promote("v1", "r", DateTimeOffset.UnixEpoch), Cancel));
        Assert.Equal("{"u8.ToArray(), (await _store.ReadAsync(RoutingStore.Blob, Cancel))!.Value.Bytes);
    }
}
