using System.Text;
using Pipeline.Backups;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Backups;

/// <summary>Backup and restore from and to each kind of store.</summary>
public sealed class BackupTests(BackupAzurite azure) : IClassFixture<BackupAzurite>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_is_restored_is_what_was_backed_up_byte_for_byte_with_metadata(bool fromAzure, bool toAzure)
    {
        // One account stands for three: the store is emptied before it is filled again, and the backups have a container of their own.
        var source = fromAzure ? BlobStores.Open(azure.ConnectionString) : BlobStores.Open(folder.Sub("source"));
        await EmptyAsync(source);
        await FillAsync(source);
        var before = await ContentAsync(source);
        var target = new BackupTarget(toAzure ? BlobStores.Open(azure.ConnectionString) : BlobStores.Open(folder.Sub("target")), $"backups{(fromAzure ? 1 : 0)}{(toAzure ? 1 : 0)}");

        var made = await new BackupRun(source, new Dictionary<string, string>(), target, TimeProvider.System).RunAsync(Token);
        await EmptyAsync(source);
        var (name, index) = await new RestoreRun(target, source, new Dictionary<string, string>()).RunAsync(name: null, replace: false, Token);

        Assert.Equal((made.Name, before.Count, before.Count), (name, index.Entries.Count, made.Index.Entries.Count));
        Assert.Equal(before, await ContentAsync(source));
        await EmptyAsync(source);
    }

    [Fact]
    public async Task A_second_backup_copies_only_what_is_new()
    {
        var (source, target) = await MadeAsync();
        await source.WriteAsync(new(Containers.Posts, "_posts/2024-01-09-new.md"), "New."u8.ToArray(), BlobCondition.None, Token);
        var second = await new BackupRun(source, new Dictionary<string, string>(), target, new Later()).RunAsync(Token);
        Assert.Equal(1, second.Written);
        Assert.Equal(2, (await target.ListAsync(Token)).Count);
    }

    [Fact]
    public async Task A_damaged_backup_is_told_before_anything_is_written()
    {
        var (_, target) = await MadeAsync();
        var damaged = Directory.EnumerateFiles(folder.Sub("target", "backups", "objects"), "*", SearchOption.AllDirectories).First(file => new FileInfo(file).Length > 0);
        var bytes = await File.ReadAllBytesAsync(damaged, Token);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, Token);
        var empty = BlobStores.Open(folder.Sub("empty"));
        var failure = await Assert.ThrowsAsync<BackupException>(() => new RestoreRun(target, empty, new Dictionary<string, string>()).RunAsync(null, false, Token));
        Assert.Contains("The backup is damaged", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await ContentAsync(empty));
    }

    [Fact]
    public async Task A_store_that_holds_something_is_only_replaced_when_asked_to()
    {
        var (source, target) = await MadeAsync();
        var before = await ContentAsync(source);
        await source.WriteAsync(new(Containers.Posts, "_posts/2024-01-09-new.md"), "New."u8.ToArray(), BlobCondition.None, Token);
        var restore = new RestoreRun(target, source, new Dictionary<string, string>());
        Assert.Contains("--replace", (await Assert.ThrowsAsync<BackupException>(() => restore.RunAsync(null, false, Token))).Message, StringComparison.Ordinal);
        await restore.RunAsync(null, true, Token);
        Assert.Equal(before, await ContentAsync(source));
    }

    [Fact]
    public async Task Folders_beside_the_store_come_back_too()
    {
        Directory.CreateDirectory(folder.Sub("blog", ".git"));
        await File.WriteAllTextAsync(folder.Sub("blog", ".git", "HEAD"), "ref: refs/heads/main\n", Token);
        await File.WriteAllTextAsync(folder.Sub("blog", "index.md"), "Hello", Token);
        var places = new Dictionary<string, string> { ["blog"] = folder.Sub("blog"), ["host"] = folder.Sub("none") };
        var target = new BackupTarget(BlobStores.Open(folder.Sub("target")), "backups");
        await new BackupRun(BlobStores.Open(folder.Sub("source")), places, target, TimeProvider.System).RunAsync(Token);
        await File.WriteAllTextAsync(folder.Sub("blog", "index.md"), "Changed", Token);
        await File.WriteAllTextAsync(folder.Sub("blog", "more.md"), "More", Token);

        await new RestoreRun(target, BlobStores.Open(folder.Sub("other")), places).RunAsync(null, false, Token);

        Assert.Equal("Hello", await File.ReadAllTextAsync(folder.Sub("blog", "index.md"), Token));
        Assert.False(File.Exists(folder.Sub("blog", "more.md")));
        Assert.True(Directory.Exists(folder.Sub("blog", ".git", "refs", "heads")));
    }

    [Theory]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","entries":[],"format":2}""", "has format 2; this version reads up to 1. Update Pipeline.")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","entries":[{"place":"blog","name":"../../etc/passwd","sha256":"HASH","length":1}],"format":1}""", "names what cannot be in a backup")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","entries":[{"place":"store","name":"elsewhere/a","sha256":"HASH","length":1}],"format":1}""", "names what cannot be in a backup")]
    [InlineData("""{"created":"2026-01-01T00:00:00Z","entries":[{"place":"store","name":"posts/a","sha256":"../x","length":1}],"format":1}""", "names what cannot be in a backup")]
    [InlineData("{", "cannot be read")]
    public void An_index_that_cannot_be_trusted_is_refused(string json, string says)
    {
        var failure = Assert.Throws<FormatException>(() => BackupIndex.FromJson(Encoding.UTF8.GetBytes(json.Replace("HASH", new string('a', 64), StringComparison.Ordinal)), "The backup x"));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    private async Task<(IBlobStore Source, BackupTarget Target)> MadeAsync()
    {
        var source = BlobStores.Open(folder.Sub("source"));
        await FillAsync(source);
        var target = new BackupTarget(BlobStores.Open(folder.Sub("target")), "backups");
        await new BackupRun(source, new Dictionary<string, string>(), target, TimeProvider.System).RunAsync(Token);
        return (source, target);
    }

    private static async Task FillAsync(IBlobStore store)
    {
        foreach (var container in Containers.All)
        {
            using var text = new MemoryStream(Encoding.UTF8.GetBytes($"What is in {container}."));
            await store.WriteAsync(new(container, $"a b/{container}-ü.json"), text, BlobCondition.None, new Dictionary<string, string> { ["sha256"] = container }, Token);
            await store.WriteAsync(new(container, "empty"), [], BlobCondition.None, Token);
        }

        var large = new byte[3_000_000];
        new Random(5).NextBytes(large);
        await store.WriteAsync(new(Containers.Models, "v1/model.safetensors"), large, BlobCondition.None, Token);
        await store.WriteAsync(new(Containers.Models, "v1/manifest.json"), "{}"u8.ToArray(), BlobCondition.None, Token);
    }

    private static async Task EmptyAsync(IBlobStore store)
    {
        foreach (var container in Containers.All)
        {
            foreach (var entry in await store.ListAsync(container, "", Token).ToListAsync(Token))
            {
                await store.DeleteAsync(entry.Name, BlobCondition.None, Token);
            }
        }
    }

    private static async Task<SortedDictionary<string, string>> ContentAsync(IBlobStore store)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var container in Containers.All)
        {
            foreach (var entry in await store.ListAsync(container, "", Token).ToListAsync(Token))
            {
                var (bytes, found) = (await store.ReadAsync(entry.Name, Token))!.Value;
                content.Add(entry.Name.ToString(), Convert.ToBase64String(bytes) + string.Join(',', found.Metadata.Select(pair => $"{pair.Key}={pair.Value}")));
            }
        }

        return content;
    }

    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromHours(1);
    }
}

/// <summary>An emulator of Azure's blobs for these tests.</summary>
public sealed class BackupAzurite : IAsyncLifetime
{
    private Azurite? azurite;

    /// <summary>How to reach it.</summary>
    public string ConnectionString => azurite!.ConnectionString;

    /// <inheritdoc />
    public async ValueTask InitializeAsync() => azurite = await Azurite.StartAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => azurite?.DisposeAsync() ?? ValueTask.CompletedTask;
}
