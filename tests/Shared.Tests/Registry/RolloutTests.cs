using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Registry;

/// <summary>How a new version takes over: directly, with a share, in the shadow, or only as the best of several.</summary>
public sealed class RolloutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderBlobStore _store;

    public RolloutTests() => _store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_canary_gets_its_share_beside_the_stable_version_and_is_not_decided_twice()
    {
        await PublishAsync("v1", 20, 1);
        await PublishAsync("v2", 19, 2);
        await DecideAsync("v1", new(Hundredths: 10));
        Assert.IsType<DeploymentDecision.Tried>(await DecideAsync("v2", new(Hundredths: 10)));
        Assert.IsType<DeploymentDecision.Unchanged>(await DecideAsync("v2", new(Hundredths: 10)));
        var table = await ReadAsync();
        Assert.Equal(("v1", "v2", null), (table.Stable, table.Candidate, table.Shadow));
        Assert.Equal([("v1", 90), ("v2", 10)], table.Weights.Select(pair => (pair.Key, pair.Value)).Order());
        await new RoutingStore(_store).UpdateAsync(current => current.Refuse("v2", "It rhymes.", DateTimeOffset.UnixEpoch), Cancel);
        Assert.IsType<DeploymentDecision.Unchanged>(await DecideAsync("v2", new(Hundredths: 10)));
        Assert.Equal([("v1", 100)], (await ReadAsync()).Weights.Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public async Task An_older_version_does_not_displace_a_newer_one_that_is_tried()
    {
        await PublishAsync("v1", 20, 1);
        await PublishAsync("v2", 20, 2);
        await PublishAsync("v3", 20, 3);
        await DecideAsync("v1", new(Hundredths: 10));
        await DecideAsync("v3", new(Hundredths: 10));
        Assert.IsType<DeploymentDecision.Refused>(await DecideAsync("v2", new(Hundredths: 10)));
        Assert.Equal("v3", (await ReadAsync()).Candidate);
    }

    [Fact]
    public async Task A_shadow_answers_nothing()
    {
        await PublishAsync("v1", 20, 1);
        await PublishAsync("v2", 19, 2);
        await DecideAsync("v1", new(Hundredths: 0));
        await DecideAsync("v2", new(Hundredths: 0));
        var table = await ReadAsync();
        Assert.Equal(("v1", "v2", "v2"), (table.Stable, table.Candidate, table.Shadow));
        Assert.All(Enumerable.Range(0, 500), number => Assert.Equal("v1", table.Choose($"{number}")));
    }

    [Theory]
    [InlineData("v1 v2 v3")]
    [InlineData("v3 v2 v1")]
    [InlineData("v2 v3 v1 v2")]
    public async Task The_best_of_all_serves_in_whatever_order_they_are_announced(string order)
    {
        await PublishAsync("v1", 20, 1);
        await PublishAsync("v2", 18, 2);
        await PublishAsync("v3", 18.3, 3);
        foreach (var version in order.Split(' '))
        {
            await DecideAsync(version, new(OnlyBest: true));
        }

        Assert.Equal("v2", (await ReadAsync()).Stable);
    }

    [Fact]
    public void The_same_key_gets_the_same_version_and_a_growing_share_keeps_those_it_had()
    {
        var table = new RoutingTable().Promote("v1", "first", DateTimeOffset.UnixEpoch);
        var keys = Enumerable.Range(0, 5000).Select(number => $"request {number}").ToArray();
        Assert.All(keys, key => Assert.Equal("v1", table.Choose(key)));
        var before = new HashSet<string>();
        foreach (var share in new[] { 10, 30, 90 })
        {
            var shared = table.Share("v2", share, "try", DateTimeOffset.UnixEpoch);
            var mine = keys.Where(key => shared.Choose(key) == "v2").ToHashSet();
            Assert.All(mine, key => Assert.Equal("v2", shared.Choose(key)));
            Assert.ProperSuperset(before, mine);
            // Six standard deviations of a binomial share.
            Assert.InRange(mine.Count, (share * 50) - 190, (share * 50) + 190);
            before = mine;
        }
    }

    [Fact]
    public async Task A_version_with_a_file_missing_or_cut_off_is_refused_by_name()
    {
        await PublishAsync("v1", 20, 1);
        await PublishAsync("v2", 20, 2);
        await _store.DeleteAsync(ModelStore.BlobOf("v1", "onnx/model.onnx"), BlobCondition.None, Cancel);
        await _store.WriteAsync(ModelStore.BlobOf("v2", "onnx/model.onnx"), "short"u8.ToArray(), BlobCondition.None, Cancel);
        Assert.Contains("onnx/model.onnx is missing", Assert.IsType<DeploymentDecision.Refused>(await DecideAsync("v1")).Reason, StringComparison.Ordinal);
        Assert.Contains("5 bytes", Assert.IsType<DeploymentDecision.Refused>(await DecideAsync("v2")).Reason, StringComparison.Ordinal);
        Assert.Null((await ReadAsync()).Stable);
    }

    [Theory]
    [InlineData(20.4, 20, null, true)]
    [InlineData(20.5, 20, null, false)]
    [InlineData(10, 20, "It cannot be loaded.", false)]
    public async Task Versions_of_different_corpora_are_compared_on_the_same_held_out_posts(double mine, double theirs, string? fault, bool takesOver)
    {
        await PublishAsync("v1", 5, 1);
        await Models.PublishAsync(_store, _folder, Models.Manifest("v2", corpus: "ffffffffffffffff", perplexity: 50, day: 2), Cancel);
        await DecideAsync("v1");
        var examiner = new FixedExaminer(fault is null ? new(mine, theirs) : null, fault);
        await new DeploymentDecider(_store, TimeProvider.System, examine: examiner).DecideAsync("v2", Cancel);
        var table = await ReadAsync();
        Assert.Equal(takesOver ? "v2" : "v1", table.Stable);
        Assert.Contains(fault ?? "perplexity on the held-out posts", table.History[^1].Reason, StringComparison.Ordinal);
    }

    private Task<RoutingTable> ReadAsync() => new RoutingStore(_store).ReadAsync(Cancel);

    private Task<DeploymentDecision?> DecideAsync(string version, DeploymentPolicy? policy = null) =>
        new DeploymentDecider(_store, TimeProvider.System, policy).DecideAsync(version, Cancel);

    private Task<ModelManifest> PublishAsync(string version, double perplexity, int day) =>
        Models.PublishAsync(_store, _folder, Models.Manifest(version, perplexity: perplexity, day: day), Cancel);

    private sealed class FixedExaminer(HeldOutComparison? comparison, string? fault) : IDeploymentExaminer
    {
        public Task<(HeldOutComparison? Comparison, string? Fault)> ExamineAsync(ModelManifest candidate, ModelManifest stable, CancellationToken cancellationToken) =>
            Task.FromResult((comparison, fault));
    }
}
