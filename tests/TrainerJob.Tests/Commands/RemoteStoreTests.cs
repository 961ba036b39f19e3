using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class RemoteStoreTests
{
    [Fact]
    public async Task A_run_on_a_remote_store_works_here_and_shows_there()
    {
        var stop = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var azurite = await Azurite.StartAsync(stop);
        var store = BlobStores.Open(azurite.ConnectionString);
        foreach (var document in SmallTexts.Documents(6))
        {
            await new DocumentStore(store).WriteAsync(document, stop);
        }

        var (code, output, error) = await JobProcess.RunAsync(
            folder,
            "train", "--store", azurite.ConnectionString, "--preset", "tiny", "--steps", "12", "--context", "32", "--layers", "1", "--heads", "2", "--width", "16", "--vocabulary", "300");

        Assert.True(code == ExitCode.Done, error);
        var version = output.TrimEnd('\n');
        Assert.NotNull(await new ModelStore(store).ReadManifestAsync(version, stop));
        Assert.True(File.Exists(folder.Sub(".pipeline", "runs", version, "state.json")));
        var (state, _) = (await store.ReadAsync(new BlobName(Containers.Runs, $"{version}/state.json"), stop))!.Value;
        Assert.Equal(RunStatus.Finished, RunState.FromJson(state)!.Status);
        Assert.NotNull(await store.FindAsync(new BlobName(Containers.Runs, $"{version}/train.log"), stop));
        Assert.DoesNotContain("AccountKey", error, StringComparison.Ordinal);
    }
}
