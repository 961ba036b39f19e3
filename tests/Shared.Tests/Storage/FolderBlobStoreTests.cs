using System.Globalization;
using System.Text;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Storage;

public sealed class FolderBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderBlobStore _store;

    public FolderBlobStoreTests() => _store = new FolderBlobStore(_folder.FullName, TimeProvider.System);

    protected override IBlobStore Store => _store;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_blob_is_a_plain_file_under_its_name()
    {
        await WriteAsync("a/b c.md", "text"u8.ToArray(), new Dictionary<string, string> { ["k"] = "v" });

        Assert.Equal("text", await File.ReadAllTextAsync(_folder.Sub(Container, "a", "b c.md"), Cancel));
        Assert.Equal([_folder.Sub(Container, "a", "b c.md")], Directory.EnumerateFiles(_folder.Sub(Container), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_put_there_by_hand_is_a_blob_and_a_change_by_hand_is_a_new_version()
    {
        var file = _folder.Sub(Container, "a.md");
        Directory.CreateDirectory(_folder.Sub(Container));
        await File.WriteAllTextAsync(file, "one", Cancel);
        var entry = Assert.Single(await ListAsync(""));
        Assert.Equal("one", Encoding.UTF8.GetString((await Store.ReadAsync(Name("a.md"), Cancel))!.Value.Bytes));

        await File.WriteAllTextAsync(file, "two!", Cancel);
        await Assert.ThrowsAsync<BlobConditionException>(() => Store.WriteAsync(Name("a.md"), [1], BlobCondition.Matches(entry.ETag), Cancel));
        await WriteAsync("a.md", [1], new Dictionary<string, string> { ["k"] = "v" });
        await File.WriteAllTextAsync(file, "three", Cancel);
        Assert.Empty((await Store.FindAsync(Name("a.md"), Cancel))!.Metadata);
    }

    [Fact]
    public async Task Times_come_from_the_clock_and_never_stand_still()
    {
        var clock = new StoppedClock(new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero));
        var store = new FolderBlobStore(_folder.FullName, clock);
        await store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        var first = await store.FindAsync(Name("a"), Cancel);
        await store.WriteAsync(Name("a"), [2], BlobCondition.None, Cancel);
        var second = await store.FindAsync(Name("a"), Cancel);

        Assert.Equal(clock.GetUtcNow(), first!.LastModified);
        Assert.Equal(clock.GetUtcNow().AddTicks(1), second!.LastModified);
        Assert.NotEqual(first.ETag, second.ETag);
    }

    [Fact]
    public async Task A_listing_does_not_mind_files_and_folders_that_come_and_go()
    {
        await WriteAsync("kept/a", [1], metadata: null);
        using var listed = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        // As a training run keeps its checkpoints and its log, without the store.
        var busy = Task.Run(() =>
        {
            for (var round = 0; !listed.IsCancellationRequested; round++)
            {
                var folder = Directory.CreateDirectory(_folder.Sub(Container, "kept", $"step-{round}")).FullName;
                File.WriteAllText(Path.Combine(folder, "state.json.tmp"), "");
                File.Move(Path.Combine(folder, "state.json.tmp"), Path.Combine(folder, "state.json"));
                Directory.Delete(folder, recursive: true);
            }
        }, Cancel);

        try
        {
            for (var round = 0; round < 3000; round++)
            {
                Assert.Contains("kept/a", (await ListAsync("")).Select(entry => entry.Name.Path));
            }
        }
        finally
        {
            await listed.CancelAsync();
            await busy;
        }
    }

    [Fact]
    public async Task Two_stores_on_one_folder_raise_one_counter()
    {
        var other = new FolderBlobStore(_folder.FullName, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(number => Counter.IncrementAsync(number % 2 == 0 ? _store : other, Name("counter"), Cancel)));
        Assert.Equal(60, await Counter.ReadAsync(_store, Name("counter"), Cancel));
    }

    [Fact]
    public async Task Processes_on_one_folder_raise_one_counter()
    {
        using var first = StoreHelper.Start(_folder.FullName, 100);
        using var second = StoreHelper.Start(_folder.FullName, 100);
        for (var round = 0; round < 100; round++)
        {
            await Counter.IncrementAsync(_store, StoreHelper.CounterName, Cancel);
        }

        await first.WaitForExitAsync(Cancel);
        await second.WaitForExitAsync(Cancel);
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal(300, await Counter.ReadAsync(_store, StoreHelper.CounterName, Cancel));
    }

    [Fact]
    public async Task A_killed_writer_leaves_whole_blobs_and_no_lock()
    {
        for (var round = 0; round < 6; round++)
        {
            var before = await Counter.ReadAsync(_store, StoreHelper.CounterName, Cancel);
            using var helper = StoreHelper.Start(_folder.FullName, int.MaxValue);
            while (await Counter.ReadAsync(_store, StoreHelper.CounterName, Cancel) < before + 3 + (round * 7))
            {
                Assert.False(helper.HasExited);
                await Task.Delay(1, Cancel);
            }

            helper.Kill();
            await helper.WaitForExitAsync(Cancel);
            var killed = await Counter.ReadAsync(_store, StoreHelper.CounterName, Cancel);
            await Counter.IncrementAsync(_store, StoreHelper.CounterName, Cancel);
            Assert.Equal(killed + 1, await Counter.ReadAsync(_store, StoreHelper.CounterName, Cancel));
            if (await _store.ReadAsync(StoreHelper.BlockName, Cancel) is var (bytes, entry))
            {
                Assert.Equal(StoreHelper.BlockLength, bytes.Length);
                Assert.Single(bytes.Distinct());
                Assert.Equal(bytes[0].ToString(CultureInfo.InvariantCulture), entry.Metadata["round"]);
            }
        }
    }

    [Fact]
    public async Task What_a_killed_writer_left_half_written_is_removed_later()
    {
        var leftover = _folder.Sub(".store", "temp", "left");
        await File.WriteAllTextAsync(leftover, "half", Cancel);
        var young = _folder.Sub(".store", "temp", "young");
        await File.WriteAllTextAsync(young, "half", Cancel);
        File.SetLastWriteTimeUtc(leftover, DateTime.UnixEpoch);

        await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);

        Assert.Equal([young], Directory.EnumerateFiles(_folder.Sub(".store", "temp")));
    }

    [Fact]
    public async Task Links_lead_nowhere()
    {
        using var outside = new TemporaryFolder();
        await File.WriteAllTextAsync(outside.Sub("secret"), "secret", Cancel);
        Directory.CreateDirectory(_folder.Sub(Container));
        File.CreateSymbolicLink(_folder.Sub(Container, "file"), outside.Sub("secret"));
        Directory.CreateSymbolicLink(_folder.Sub(Container, "folder"), outside.FullName);
        Directory.CreateSymbolicLink(_folder.Sub("linked"), outside.FullName);

        foreach (var name in new[] { Name("file"), Name("folder/secret"), new BlobName("linked", "secret") })
        {
            var exception = await Assert.ThrowsAsync<BlobStoreException>(() => Store.OpenAsync(name, Cancel));
            Assert.Contains(name.ToString(), exception.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<BlobStoreException>(() => Store.FindAsync(name, Cancel));
            await Assert.ThrowsAsync<BlobStoreException>(() => Store.DeleteAsync(name, BlobCondition.None, Cancel));
            await Assert.ThrowsAsync<BlobStoreException>(() => Store.WriteAsync(name, [1], BlobCondition.None, Cancel));
        }

        Assert.Empty(await ListAsync(""));
        Assert.Empty(await Store.ListAsync("linked", "", Cancel).ToListAsync(Cancel));
        Assert.Equal("secret", await File.ReadAllTextAsync(outside.Sub("secret"), Cancel));
    }

    [Fact]
    public async Task A_file_whose_name_no_blob_can_have_is_not_listed()
    {
        Directory.CreateDirectory(_folder.Sub(Container));
        await File.WriteAllTextAsync(_folder.Sub(Container, "a\\b"), "x", Cancel);
        await File.WriteAllTextAsync(_folder.Sub(Container, "a\nb"), "x", Cancel);
        await File.WriteAllTextAsync(_folder.Sub(Container, "good"), "x", Cancel);
        Assert.Equal(["good"], (await ListAsync("")).Select(entry => entry.Name.Path));
    }

    [Fact]
    public async Task A_blob_in_the_way_of_a_folder_is_named_and_nothing_is_lost()
    {
        await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        var below = await Assert.ThrowsAsync<BlobStoreException>(() => Store.WriteAsync(Name("a/b"), [2], BlobCondition.None, Cancel));
        Assert.Contains($"{Container}/a/b", below.Message, StringComparison.Ordinal);

        await Store.WriteAsync(Name("c/d"), [3], BlobCondition.None, Cancel);
        await Assert.ThrowsAsync<BlobStoreException>(() => Store.WriteAsync(Name("c"), [4], BlobCondition.None, Cancel));
        Assert.Equal(["a", "c/d"], (await ListAsync("")).Select(entry => entry.Name.Path));

        await Store.DeleteAsync(Name("c/d"), BlobCondition.None, Cancel);
        await Store.WriteAsync(Name("c"), [5], BlobCondition.None, Cancel);
    }

    [Fact]
    public async Task Writers_and_deleters_of_one_folder_do_not_trip_over_each_other()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), Cancel, async (number, token) =>
        {
            var name = Name($"deep/er/{number % 4}");
            await Store.WriteAsync(name, [1], BlobCondition.None, token);
            await Store.DeleteAsync(name, BlobCondition.None, token);
        });
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task A_fault_of_the_disk_is_told_with_the_blobs_name_and_leaves_the_old_bytes()
    {
        await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        Directory.Delete(_folder.Sub(".store", "temp"), recursive: true);
        await File.WriteAllTextAsync(_folder.Sub(".store", "temp"), "in the way", Cancel);

        var exception = await Assert.ThrowsAsync<BlobStoreException>(() => Store.WriteAsync(Name("a"), new byte[1000], BlobCondition.None, Cancel));
        Assert.StartsWith($"{Container}/a could not be written", exception.Message, StringComparison.Ordinal);
        Assert.Contains("disk has room", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.InnerException);
        Assert.Equal([1], (await Store.ReadAsync(Name("a"), Cancel))!.Value.Bytes);
    }

    [Fact]
    public async Task A_root_that_is_a_file_is_refused()
    {
        await File.WriteAllTextAsync(_folder.Sub("file"), "x", Cancel);
        var exception = Assert.Throws<BlobStoreException>(() => new FolderBlobStore(_folder.Sub("file"), TimeProvider.System));
        Assert.Contains(_folder.Sub("file"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_metadata_is_named()
    {
        await WriteAsync("a", [1], new Dictionary<string, string> { ["k"] = "v" });
        var file = Directory.EnumerateFiles(_folder.Sub(".store", "metadata"), "*", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(file, "{", Cancel);
        var exception = await Assert.ThrowsAsync<BlobStoreException>(() => Store.FindAsync(Name("a"), Cancel));
        Assert.Contains(file, exception.Message, StringComparison.Ordinal);
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
