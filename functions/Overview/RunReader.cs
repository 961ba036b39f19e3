using System.Text.RegularExpressions;
using Pipeline.Costs;
using Pipeline.Runs;
using Pipeline.Storage;

namespace Pipeline.Functions.Overview;

/// <summary>Reads the training runs from the store, where the job writes them.</summary>
internal sealed partial class RunReader(IBlobStore store, MonthlyCap cap, TimeProvider clock)
{
    private const string LogFile = "train.log";

    // Steps over which the speed is averaged: one alone may hold an evaluation.
    private const int SpeedSteps = 10;

    // The largest model's checkpoints, which are due every five minutes and may take a while, come in less.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(20);

    /// <summary>All runs, the newest first.</summary>
    public async Task<IReadOnlyList<RunState>> ListAsync(CancellationToken cancellationToken)
    {
        var runs = new List<RunState>();
        var logs = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (var entry in store.ListAsync(Containers.Runs, "", cancellationToken))
        {
            switch (entry.Name.Path.Split('/'))
            {
                case [var run, LogFile]:
                    logs[run] = entry.LastModified;
                    break;
                case [var run, RunState.FileName] when await store.ReadAsync(entry.Name, cancellationToken) is var (bytes, _) && RunFiles.State(run, bytes) is { } state:
                    runs.Add(state);
                    break;
                default:
                    break;
            }
        }

        return [.. runs.Select(run => Judged(run, logs.GetValueOrDefault(run.Run))).OrderByDescending(run => run.Status == RunStatus.Running).ThenByDescending(run => run.Updated)];
    }

    /// <summary>A run with its curves; null if there is none of that name.</summary>
    /// <param name="run">The name.</param>
    /// <param name="after">Only points of later steps are wanted; 0 for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<RunAnswer?> ReadAsync(string run, int after, CancellationToken cancellationToken)
    {
        if (!Name().IsMatch(run)
            || await ReadAsync(run, RunState.FileName, cancellationToken) is not var (bytes, _)
            || RunFiles.State(run, bytes) is not { } state)
        {
            return null;
        }

        var log = await ReadAsync(run, LogFile, cancellationToken);
        var points = log is var (lines, _) ? RunFiles.Log(lines) : [];
        var samples = await ReadAsync(run, "samples.md", cancellationToken) is var (texts, _) ? RunFiles.Samples(texts) : [];
        var preset = await ReadAsync(run, "settings.json", cancellationToken) is var (settings, _) ? RunFiles.Preset(settings) : null;
        var summary = Judged(state, log?.Entry.LastModified ?? default);
        // The job writes its steps with the first checkpoint.
        summary = summary with { Steps = summary.Steps > 0 ? summary.Steps : preset?.Steps ?? 0 };
        if (points.Count > 0 && points[^1].Step > summary.Step)
        {
            // The state is written at checkpoints only.
            summary = summary with { Step = points[^1].Step };
        }

        var speed = points.Count == 0 ? (double?)null : points.TakeLast(SpeedSteps).Average(point => point.TokensPerSecond);
        var tokens = state is { Step: > 0, TrainedTokens: > 0 } ? (double)state.TrainedTokens / state.Step : preset?.TokensOfAStep;
        var left = summary.Status == RunStatus.Running && speed > 0 && tokens is { } each && summary.Steps > 0
            ? Math.Max(0, summary.Steps - summary.Step) * each / speed
            : null;
        return new(summary, [.. points.Where(point => point.Step > after)], samples, speed, left);
    }

    private RunState Judged(RunState run, DateTimeOffset logged)
    {
        var heard = logged > run.Updated ? logged : run.Updated;
        run = run with { Cost = run.Cost ?? (cap.Prices.TrainingHour > 0 ? cap.Prices.OfTraining(run.Seconds) : null) };
        return run.Status == RunStatus.Running && clock.GetUtcNow() - heard > LongestSilence ? run with { Status = RunStatus.Lost } : run;
    }

    private Task<(byte[] Bytes, BlobEntry Entry)?> ReadAsync(string run, string file, CancellationToken cancellationToken) =>
        store.ReadAsync(new BlobName(Containers.Runs, $"{run}/{file}"), cancellationToken);

    // As the job names them: digits of the corpus and the settings, with a number behind them.
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z")]
    private static partial Regex Name();
}
