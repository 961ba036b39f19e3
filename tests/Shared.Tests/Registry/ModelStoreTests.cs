using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Registry;

public sealed class ModelStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedStore _store;
    private readonly ModelStore _models;

    public ModelStoreTests()
    {
        _store = new WatchedStore(new FolderBlobStore(_folder.Sub("store"), TimeProvider.System));
        _models = new ModelStore(_store);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_is_published_with_all_its_files_and_the_manifest_last()
    {
        var published = await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);

        Assert.Equal(["config.json", "empty.txt", "onnx/model.onnx"], published.Files.Keys);
        Assert.Equal("v1/manifest.json", _store.Written.Last());
        Assert.Equal(4, _store.Written.Count);
        // Of the empty string, as published with the standard.
        Assert.Equal(new ModelFile("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0), published.Files["empty.txt"]);
        Assert.Equivalent(published, await _models.ReadManifestAsync("v1", Cancel), strict: true);
    }

    [Fact]
    public async Task Publishing_again_has_the_same_outcome_and_writes_nothing()
    {
        await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);
        var written = _store.Written.Count;
        var again = await Models.PublishAsync(_store, _folder, Models.Manifest("v1", day: 9), Cancel);

        Assert.Equal(written, _store.Written.Count);
        Assert.Equal(Models.Manifest("v1").Created, again.Created);
    }

    [Fact]
    public async Task Publishing_goes_on_where_it_broke_off()
    {
        await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);
        await _store.DeleteAsync(ModelStore.BlobOf("v1", "manifest.json"), BlobCondition.None, Cancel);
        await _store.DeleteAsync(ModelStore.BlobOf("v1", "config.json"), BlobCondition.None, Cancel);
        _store.Written.Clear();

        await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);
        Assert.Equal(["v1/config.json", "v1/manifest.json"], _store.Written);
    }

    [Fact]
    public async Task A_version_with_other_files_is_not_overwritten()
    {
        var first = await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);
        var exception = await Assert.ThrowsAsync<RegistryException>(() => Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel, bytes: 7));

        Assert.Contains("v1 is published already", exception.Message, StringComparison.Ordinal);
        Assert.Equivalent(first, await _models.ReadManifestAsync("v1", Cancel), strict: true);
    }

    [Fact]
    public async Task Publishers_at_once_have_one_outcome()
    {
        var source = Models.Write(_folder, "v1");
        var published = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _models.PublishAsync(source, Models.Manifest("v1"), Cancel)));
        Assert.All(published, manifest => Assert.Equivalent(published[0], manifest, strict: true));
        Assert.Single(_store.Written, name => name == "v1/manifest.json");
    }

    [Fact]
    public async Task Half_written_files_links_and_what_is_not_sound_are_not_published()
    {
        var source = Models.Write(_folder, "v1");
        await File.WriteAllTextAsync(Path.Combine(source, ".x.tmp"), "half", Cancel);
        File.CreateSymbolicLink(Path.Combine(source, "link"), "/etc/hostname");
        Assert.Equal(3, (await _models.PublishAsync(source, Models.Manifest("v1"), Cancel)).Files.Count);

        await Assert.ThrowsAsync<RegistryException>(() => _models.PublishAsync(source, Models.Manifest("v2") with { ServingFile = "none.onnx" }, Cancel));
        await Assert.ThrowsAsync<RegistryException>(() => _models.PublishAsync(source, Models.Manifest("v2", perplexity: double.NaN), Cancel));
        await Assert.ThrowsAsync<RegistryException>(() => _models.PublishAsync(source, Models.Manifest("../v2"), Cancel));
    }

    [Fact]
    public async Task Versions_are_listed_once_their_manifest_is_there()
    {
        await Models.PublishAsync(_store, _folder, Models.Manifest("v2"), Cancel);
        await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);
        await _store.WriteAsync(ModelStore.BlobOf("v3", "config.json"), [1], BlobCondition.None, Cancel);

        Assert.Equal(["v1", "v2"], await _models.ListAsync(Cancel).ToListAsync(Cancel));
        Assert.Null(await _models.ReadManifestAsync("v3", Cancel));
    }

    [Fact]
    public async Task A_manifest_under_another_versions_name_is_refused()
    {
        var manifest = await Models.PublishAsync(_store, _folder, Models.Manifest("v1"), Cancel);
        await _store.WriteAsync(ModelStore.BlobOf("v2", "manifest.json"), manifest.ToJson(), BlobCondition.None, Cancel);
        await Assert.ThrowsAsync<RegistryException>(() => _models.ReadManifestAsync("v2", Cancel));
    }

    [Fact]
    public async Task A_manifest_of_many_megabytes_is_not_read()
    {
        await _store.WriteAsync(ModelStore.BlobOf("v1", "manifest.json"), new byte[5 << 20], BlobCondition.None, Cancel);
        Assert.Contains("is no manifest", (await Assert.ThrowsAsync<RegistryException>(() => _models.ReadManifestAsync("v1", Cancel))).Message, StringComparison.Ordinal);
        Assert.Empty(_store.Opened);
    }
}
