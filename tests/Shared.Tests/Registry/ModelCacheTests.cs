using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Registry;

public sealed class ModelCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedStore _store;
    private readonly ModelCache _cache;

    public ModelCacheTests()
    {
        _store = new WatchedStore(new FolderBlobStore(_folder.Sub("store"), TimeProvider.System));
        _cache = NewCache();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _cache.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_model_is_downloaded_once()
    {
        await PublishAsync("v1");
        var model = await _cache.GetAsync("v1", Cancel);
        Assert.Equal(Contents(_folder.Sub("made", "v1")), Contents(model, except: "manifest.json"));

        Assert.Equal(model, await _cache.GetAsync("v1", Cancel));
        using var other = NewCache();
        Assert.Equal(model, await other.GetAsync("v1", Cancel));
        Assert.Equal(3, Downloads().Count);
    }

    [Fact]
    public async Task Many_at_once_download_once()
    {
        await PublishAsync("v1");
        var caches = Enumerable.Range(0, 5).Select(_ => NewCache()).ToList();
        await Task.WhenAll(caches.SelectMany(cache => Enumerable.Range(0, 3).Select(_ => cache.GetAsync("v1", Cancel))));
        Assert.Equal(3, Downloads().Count);
        caches.ForEach(cache => cache.Dispose());
    }

    [Fact]
    public async Task A_broken_download_goes_on_with_the_file_it_broke_off_in()
    {
        await PublishAsync("v1");
        _store.Breaks = "model.onnx";
        await Assert.ThrowsAsync<IOException>(() => _cache.GetAsync("v1", Cancel));
        Assert.False(File.Exists(_folder.Sub("cache", "v1", "onnx", "model.onnx")));
        Assert.Equal(3, Downloads().Count);

        _store.Breaks = null;
        await _cache.GetAsync("v1", Cancel);
        Assert.Equal(["v1/onnx/model.onnx"], Downloads().Skip(3));
    }

    [Fact]
    public async Task What_a_killed_download_left_is_removed()
    {
        await PublishAsync("v1");
        var left = _folder.Sub("cache", "v1", "onnx", ".abc.def.tmp");
        Directory.CreateDirectory(Path.GetDirectoryName(left)!);
        await File.WriteAllTextAsync(left, "half", Cancel);
        await _cache.GetAsync("v1", Cancel);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task A_damaged_file_is_fetched_again()
    {
        await PublishAsync("v1");
        var model = await _cache.GetAsync("v1", Cancel);
        var file = Path.Combine(model, "onnx", "model.onnx");
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        // Not even its time tells.
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        using (var other = NewCache())
        {
            await other.GetAsync("v1", Cancel);
        }

        Assert.Equal(Contents(_folder.Sub("made", "v1")), Contents(model, except: "manifest.json"));
        File.Delete(Path.Combine(model, "config.json"));
        await _cache.GetAsync("v1", Cancel);
        Assert.Equal(Contents(_folder.Sub("made", "v1")), Contents(model, except: "manifest.json"));
    }

    [Fact]
    public async Task A_blob_that_is_not_what_the_manifest_says_is_never_in_the_folder()
    {
        var manifest = await PublishAsync("v1");
        var good = (await _store.ReadAsync(ModelStore.BlobOf("v1", "onnx/model.onnx"), Cancel))!.Value.Bytes;
        foreach (var (bad, reason) in new[] { ([.. good, 1], "longer"), (good[..^1], $"{good.Length - 1} of the {good.Length}"), ([1, .. good[1..]], "SHA-256") })
        {
            await _store.WriteAsync(ModelStore.BlobOf("v1", "onnx/model.onnx"), bad, BlobCondition.None, Cancel);
            var exception = await Assert.ThrowsAsync<RegistryException>(() => _cache.GetAsync("v1", Cancel));
            Assert.Contains("models/v1/onnx/model.onnx", exception.Message, StringComparison.Ordinal);
            Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(_folder.Sub("cache", "v1", "onnx")));
        }

        await _store.DeleteAsync(ModelStore.BlobOf("v1", "onnx/model.onnx"), BlobCondition.None, Cancel);
        Assert.Contains("is missing", (await Assert.ThrowsAsync<RegistryException>(() => _cache.GetAsync("v1", Cancel))).Message, StringComparison.Ordinal);
        Assert.Equal(3, manifest.Files.Count);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("../store")]
    public async Task A_version_that_is_not_there_is_told(string version) =>
        Assert.Contains(version, (await Assert.ThrowsAsync<RegistryException>(() => _cache.GetAsync(version, Cancel))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_least_recently_used_versions_make_room()
    {
        var clock = new HandClock();
        foreach (var version in new[] { "v1", "v2", "v3", "v4" })
        {
            await PublishAsync(version);
        }

        // Room for three models of about 1,000 bytes and their manifests.
        foreach (var version in new[] { "v1", "v2", "v3", "v1" })
        {
            clock.Now += TimeSpan.FromHours(1);
            using var cache = NewCache(6000, clock);
            await cache.GetAsync(version, Cancel);
        }

        clock.Now += TimeSpan.FromHours(1);
        using var last = NewCache(6000, clock);
        await last.GetAsync("v4", Cancel);
        Assert.Equal(["v1", "v3", "v4"], Cached());
    }

    [Fact]
    public async Task A_version_in_use_stays_until_it_is_released()
    {
        foreach (var version in new[] { "v1", "v2", "v3" })
        {
            await PublishAsync(version);
        }

        using var small = NewCache(100);
        using var user = NewCache();
        await user.GetAsync("v1", Cancel);
        await small.GetAsync("v2", Cancel);
        Assert.Equal(["v1", "v2"], Cached());

        user.Release("v1");
        small.Release("v2");
        await small.GetAsync("v3", Cancel);
        Assert.Equal(["v3"], Cached());
        // It can come back.
        await user.GetAsync("v1", Cancel);
    }

    private ModelCache NewCache(long bytes = 1 << 20, TimeProvider? clock = null) =>
        new(_store, _folder.Sub("cache"), new ModelCacheOptions { MaximumBytes = bytes }, clock);

    private Task<ModelManifest> PublishAsync(string version) => Models.PublishAsync(_store, _folder, Models.Manifest(version), Cancel);

    private List<string> Downloads() => [.. _store.Opened.Where(name => !name.EndsWith("manifest.json", StringComparison.Ordinal))];

    private IEnumerable<string?> Cached() => Directory.EnumerateDirectories(_folder.Sub("cache")).Select(Path.GetFileName).Where(name => name![0] != '.').Order(StringComparer.Ordinal);

    private static Dictionary<string, string> Contents(string folder, string? except = null) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != except)
        .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    private sealed class HandClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
