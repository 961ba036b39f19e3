using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>Ctrl-C, a stop signal and a sudden death while a model is trained: the same command goes on and ends as if nothing had happened.</summary>
public sealed class InterruptionTests
{
    private const int CtrlC = 2;
    private const int CannotBeCaught = 9;

    [Fact]
    public async Task An_interrupted_run_goes_on_and_ends_with_the_same_post()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var unbroken = await OnceRun.SucceedAsync(folder.Sub("unbroken"), token, "--seed", "7");

        var work = folder.Sub("broken");
        string[] arguments = ["once", "--preset", "tiny", "--seed", "7", "--work", work];
        using (var running = Programs.Start(Programs.Functions, arguments))
        {
            await WaitForTrainingAsync(work, steps: 20, token);
            running.Signal(CtrlC);
            var stopped = await running.EndAsync(token);
            Assert.True(stopped.ExitCode == 3, stopped.ToString());
        }

        using (var running = Programs.Start(Programs.Functions, arguments))
        {
            await WaitForTrainingAsync(work, steps: 60, token);
            running.Signal(CannotBeCaught);
            await running.EndAsync(token);
        }

        var resumed = await OnceRun.SucceedAsync(work, token, "--seed", "7");
        Assert.Equal(unbroken.Version, resumed.Version);
        Assert.Equal(Weights(folder.Sub("unbroken"), unbroken), Weights(work, resumed));
        Assert.Equal(
            await Git.RunAsync(Path.Combine(folder.Sub("unbroken"), "blog"), token, "show", "-s", "--format=%s", unbroken.Branch),
            await Git.RunAsync(Path.Combine(work, "blog"), token, "show", "-s", "--format=%s", resumed.Branch));
    }

    private static byte[] Weights(string work, OnceRun run) =>
        File.ReadAllBytes(Path.Combine(work, "store", "models", run.Version, "model.safetensors"));

    private static async Task WaitForTrainingAsync(string work, int steps, CancellationToken cancellationToken)
    {
        var runs = Path.Combine(work, "store", "runs");
        while (!Directory.Exists(runs) || !Directory.EnumerateFiles(runs, "train.log", SearchOption.AllDirectories).Any(log => Lines(log) > steps))
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    private static int Lines(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var lines = 0;
        while (reader.ReadLine() is not null)
        {
            lines++;
        }

        return lines;
    }
}
