using Pipeline.Registry;
using Pipeline.Runs;
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
        Assert.NotNull(await store.FindAsync(new BlobName(Containers.Runs, $"{version}/samples.md"), stop));
        var checkpoints = await store.ListAsync(Containers.Runs, $"{version}/checkpoints/", stop).Select(entry => entry.Name.Path.Split('/')[^2]).Distinct().ToListAsync(stop);
        Assert.Single(checkpoints);
    }

    [Fact]
    public async Task A_killed_run_goes_on_upon_another_disk_to_the_weights_of_an_unbroken_one()
    {
        var stop = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var azurite = await Azurite.StartAsync(stop);
        var store = BlobStores.Open(azurite.ConnectionString);
        foreach (var document in SmallTexts.Documents(12))
        {
            await new DocumentStore(store).WriteAsync(document, stop);
        }

        string[] train =
        [
            "train", "--store", azurite.ConnectionString, "--preset", "tiny", "--steps", "300", "--context", "32", "--layers", "1", "--heads", "2", "--width", "16",
            "--vocabulary", "300", "--rows", "4", "--patience", "1000", "--epochs", "100000", "--evaluation-steps", "10",
        ];
        string run;
        using (var process = JobProcess.Start(folder, [.. train, "--work", "first"]))
        {
            run = Path.GetFileName(await process.WaitForRunAsync(folder.Sub("first", "runs"), step: 1));
            while (!await store.ListAsync(Containers.Runs, $"{run}/checkpoints/", stop).AnyAsync(entry => entry.Name.Path.EndsWith("/state.json", StringComparison.Ordinal), stop))
            {
                await Task.Delay(10, stop);
            }

            await process.SignalAsync("KILL");
            Assert.Equal(128 + 9, (await process.EndAsync()).Code);
        }

        var (code, output, error) = await JobProcess.RunAsync(folder, [.. train, "--work", "second"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Going on after step", error, StringComparison.Ordinal);
        var whole = await JobProcess.RunAsync(folder, [.. train, "--work", "third", "--force"]);
        Assert.True(whole.Code == ExitCode.Done, whole.Error);
        var resumed = await store.ReadAsync(new BlobName(Containers.Models, $"{output.TrimEnd('\n')}/model.safetensors"), stop);
        var unbroken = await store.ReadAsync(new BlobName(Containers.Models, $"{whole.Output.TrimEnd('\n')}/model.safetensors"), stop);
        Assert.Equal((run, run + "-2"), (output.TrimEnd('\n'), whole.Output.TrimEnd('\n')));
        Assert.Equal(unbroken!.Value.Bytes, resumed!.Value.Bytes);
        Assert.Equal(300, TrainingLog.Read(folder.Sub("second", "runs", run, "train.log")).Count);
    }
}
