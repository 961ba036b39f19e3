using Pipeline.Testing;
using Pipeline.TrainerJob.Sweeps;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class SweepProgramTests : IDisposable
{
    private static readonly string[] Sweep =
    [
        "sweep", "--data", "posts", "--preset", "tiny", "--context", "32", "--layers", "1", "--heads", "2", "--width", "16", "--vocabulary", "300", "--rows", "4", "--patience", "1000",
        "--rates", "0.000001,0.01,0.003", "--epoch-choices", "2", "--json",
    ];

    private readonly TemporaryFolder _folder = new();

    public SweepProgramTests() => SmallTexts.WriteFiles(_folder.Sub("posts"), count: 12);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_better_half_goes_on_and_the_best_is_trained_to_its_end()
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, Sweep);

        Assert.True(code == ExitCode.Done, error);
        var state = SweepState.FromJson(System.Text.Encoding.UTF8.GetBytes(output));
        Assert.Equal((3, 3, false), (state.Trials.Count, state.Rounds, state.BudgetSpent));
        Assert.Equal([1, 2, 3], state.Trials.Select(trial => trial.Rounds).Order());
        Assert.Equal(1, state.Trials[0].Rounds);
        Assert.Equal(state.Best!.Steps, state.Best.Step);
        Assert.Contains(FormattableString.Invariant($"--learning-rate {state.Best.LearningRate} --epochs 2"), error, StringComparison.Ordinal);
        Assert.Contains("| best |", File.ReadAllText(Directory.EnumerateFiles(_folder.FullName, "sweep.md", SearchOption.AllDirectories).Single()), StringComparison.Ordinal);

        var again = await JobProcess.RunAsync(_folder, Sweep);

        Assert.Equal((ExitCode.Done, output), (again.Code, again.Output));
        Assert.DoesNotContain("Round 1", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_sweep_goes_on_to_what_an_unbroken_one_finds()
    {
        var whole = await JobProcess.RunAsync(_folder, [.. Sweep, "--work", "whole"]);
        using (var process = JobProcess.Start(_folder, Sweep))
        {
            var sweep = await WaitForAsync(process, _folder.Sub(".pipeline", "runs"), "sweep-*");
            await process.WaitForStepAsync(Path.Combine(sweep, "trial-02", "train.log"), 2);
            await process.SignalAsync("INT");
            Assert.Equal(ExitCode.Interrupted, (await process.EndAsync()).Code);
        }

        var (code, output, error) = await JobProcess.RunAsync(_folder, Sweep);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(Losses(whole.Output), Losses(output));
    }

    [Fact]
    public async Task A_spent_budget_ends_the_sweep_with_what_is_known()
    {
        var (_, output, error) = await JobProcess.RunAsync(_folder, [.. Sweep, "--minutes", "0.000001"]);

        var state = SweepState.FromJson(System.Text.Encoding.UTF8.GetBytes(output));
        Assert.True(state.BudgetSpent, error);
        Assert.Equal(1, state.Trials.Count(trial => trial.Step > 0));
    }

    private static List<(double?, int)> Losses(string json) => [.. SweepState.FromJson(System.Text.Encoding.UTF8.GetBytes(json)).Trials.Select(trial => (trial.Loss, trial.Step))];

    private static async Task<string> WaitForAsync(JobProcess process, string folder, string pattern)
    {
        while (!Directory.Exists(folder) || !Directory.EnumerateDirectories(folder, pattern).Any())
        {
            Assert.False(process.HasExited, "The program ended before it was to be stopped.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return Directory.EnumerateDirectories(folder, pattern).Single();
    }
}
