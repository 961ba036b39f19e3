using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class CheckpointMirrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _said = new();
    private readonly FolderBlobStore _store;

    public CheckpointMirrorTests() => _store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);

    public void Dispose()
    {
        _said.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_one_disk_has_the_next_one_gets_and_what_is_deleted_here_goes_there()
    {
        await using var first = Mirror("first");
        await first.RestoreAsync(Stop);
        WriteCheckpoint("first", 10);
        WriteCheckpoint("first", 20);
        await first.FlushAsync();
        Directory.Delete(_folder.Sub("first", "run", "checkpoints", "10"), recursive: true);
        WriteCheckpoint("first", 30);
        await first.FlushAsync();

        await using var second = Mirror("second");
        await second.RestoreAsync(Stop);

        Assert.Equal(["20", "30"], Directory.GetDirectories(_folder.Sub("second", "run", "checkpoints")).Select(Path.GetFileName).Order());
        Assert.Equal("weights of 30", File.ReadAllText(_folder.Sub("second", "run", "checkpoints", "30", "weights.safetensors")));
    }

    [Fact]
    public async Task A_checkpoint_whose_state_has_not_come_is_none()
    {
        await _store.WriteAsync(new BlobName("runs", "run/checkpoints/40/weights.safetensors"), [1], BlobCondition.None, Stop);

        await using var mirror = Mirror("here");
        await mirror.RestoreAsync(Stop);

        Assert.False(Directory.Exists(_folder.Sub("here", "run", "checkpoints")));
    }

    [Fact]
    public async Task A_disk_that_is_ahead_of_the_store_is_left_as_it_is()
    {
        await using (var first = Mirror("first"))
        {
            await first.RestoreAsync(Stop);
            WriteCheckpoint("first", 10);
            await first.FlushAsync();
        }

        WriteCheckpoint("second", 20);
        await using var second = Mirror("second");
        await second.RestoreAsync(Stop);

        Assert.Equal(["20"], Directory.GetDirectories(_folder.Sub("second", "run", "checkpoints")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Who_was_overtaken_writes_nothing_any_more()
    {
        await using var first = Mirror("first");
        await first.RestoreAsync(Stop);
        WriteCheckpoint("first", 10);
        await first.FlushAsync();
        await using var second = Mirror("second");
        await second.RestoreAsync(Stop);
        WriteCheckpoint("first", 99);
        await first.FlushAsync();

        Assert.Null(await _store.FindAsync(new BlobName("runs", "run/checkpoints/99/state.json"), Stop));
        Assert.Contains("Another process has taken up the run", _said.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<RunTakenException>(() => first.DemandAsync(Stop));
        await second.DemandAsync(Stop);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private CheckpointMirror Mirror(string disk) => new(_store, new RunFolder(_folder.Sub(disk), "run"), new PlainView(_said, TimeProvider.System, quiet: true), TimeProvider.System);

    private void WriteCheckpoint(string disk, int step)
    {
        var folder = _folder.Sub(disk, "run", "checkpoints", $"{step}");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "weights.safetensors"), $"weights of {step}");
        File.WriteAllText(Path.Combine(folder, "state.json"), "{}");
    }
}
