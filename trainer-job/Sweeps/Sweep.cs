using System.Security.Cryptography;
using System.Text;
using Pipeline.Storage;
using Pipeline.TrainerJob.Checkpoints;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Sweeps;

/// <summary>Tries combinations of learning rate and epochs by successive halving. Each trial is a run with checkpoints of its own, so a sweep that was stopped goes on where it was.</summary>
/// <param name="settings">The settings that all trials share; minutes and cost are the whole sweep's.</param>
/// <param name="source">What is trained on.</param>
/// <param name="view">Tells people.</param>
/// <param name="clock">The time.</param>
internal sealed class Sweep(TrainSettings settings, TrainingSource source, RunView view, TimeProvider clock)
{
    private readonly TrainingPreset _preset = settings.PresetFor(source.Start?.Shape, settings.Machine);

    /// <summary>Runs or goes on with a sweep.</summary>
    /// <param name="rates">The learning rates to try.</param>
    /// <param name="epochs">The epochs to try.</param>
    /// <param name="stop">Asks to save and end.</param>
    /// <exception cref="InputException">The corpus has nothing to judge by.</exception>
    public async Task<SweepState> RunAsync(IReadOnlyList<double> rates, IReadOnlyList<int> epochs, CancellationToken stop)
    {
        if (source.Corpus.Validation.Count == 0)
        {
            throw new InputException("A sweep compares by held-out posts, and the corpus has none: give at least two posts, or --validation FILE.");
        }

        var fresh = Begin(rates, epochs);
        var folder = new RunFolder(source.Destination.RunsFolder, fresh.Name);
        Directory.CreateDirectory(folder.Path);
        using var hold = RunLock.Take(folder.Path);
        var file = Path.Combine(folder.Path, SweepState.FileName);
        var state = File.Exists(file) ? SweepState.FromJson(await File.ReadAllBytesAsync(file, stop)) : fresh;
        while (!state.Done)
        {
            var next = state.Trials.FirstOrDefault(trial => state.Left.Contains(trial.Number) && trial.Rounds <= state.Round && trial.Failure is null);
            state = next is not null
                ? _preset.Limits.Reached(state.Seconds, 0) is not null
                    ? state with { Done = true, BudgetSpent = true }
                    : state.With(await TrainAsync(next, state, folder, stop))
                : NextRound(state);
            await AtomicFile.WriteAsync(file, state.ToJson(), CancellationToken.None);
            await AtomicFile.WriteAsync(Path.Combine(folder.Path, "sweep.md"), Encoding.UTF8.GetBytes(state.ToTable()), CancellationToken.None);
            stop.ThrowIfCancellationRequested();
        }

        return state;
    }

    private SweepState Begin(IReadOnlyList<double> rates, IReadOnlyList<int> epochs)
    {
        List<SweepTrial> trials = [.. rates.SelectMany(rate => epochs.Select(times => (rate, times))).Select((one, index) => new SweepTrial { Number = index + 1, LearningRate = one.rate, Epochs = one.times })];
        var combinations = string.Join(';', trials.Select(trial => FormattableString.Invariant($"{trial.LearningRate},{trial.Epochs}")));
        var hash = SHA256.HashData([.. RunName.Settings(_preset, settings.Seed, source.Start?.Identity), .. Encoding.UTF8.GetBytes(combinations)]);
        return new SweepState
        {
            Name = $"sweep-{source.Corpus.Id[..8]}-{Convert.ToHexStringLower(hash)[..8]}",
            Rounds = SuccessiveHalving.Rounds(trials.Count),
            Left = [.. trials.Select(trial => trial.Number)],
            Trials = trials,
        };
    }

    private static SweepState NextRound(SweepState state)
    {
        var left = SuccessiveHalving.Survivors([.. state.Trials.Where(trial => state.Left.Contains(trial.Number))], round: 1);
        return state.Round + 1 >= state.Rounds || left.Count == 0
            ? state with { Done = true }
            : state with { Round = state.Round + 1, Left = [.. left.Select(trial => trial.Number)] };
    }

    private async Task<SweepTrial> TrainAsync(SweepTrial trial, SweepState state, RunFolder folder, CancellationToken stop)
    {
        var preset = _preset with { LearningRate = trial.LearningRate, Epochs = trial.Epochs };
        var run = new RunFolder(folder.Path, $"trial-{trial.Number:00}");
        Directory.CreateDirectory(run.Path);
        var prepared = await new RunPreparation(settings, preset, source.Start, source.Destination.CacheFolder, new PlainView(TextWriter.Null, clock, quiet: true)).RunAsync(source.Corpus, run, stop);
        var longest = state.Trials.Max(other => TrainingPlan.For(preset with { Epochs = other.Epochs }, prepared.Train.Count, validated: true).Steps);
        var until = Math.Min(prepared.Plan.Steps, RoundUp(SuccessiveHalving.StepsOf(state.Round, state.Rounds, longest), prepared.Plan.EvaluationInterval));
        var time = prepared.Plan.Limits.LongestTime is { } all ? all - TimeSpan.FromSeconds(state.Seconds - trial.Seconds) : (TimeSpan?)null;
        var plan = prepared.Plan with { Limits = new RunLimits(Time: time) };
        view.Say(FormattableString.Invariant(
            $"Round {state.Round + 1} of {state.Rounds}, trial {trial.Number}: learning rate {trial.LearningRate}, {trial.Epochs} epochs, to step {until} of {plan.Steps}."));

        using var engine = ModelFamily.Of(preset).Engine(prepared, preset, settings, source.Start);
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var log = new SweepLog(run);
        CheckpointState reached;
        try
        {
            var outcome = await new TrainingLoop(engine, prepared.Train, prepared.Watched, plan, settings.Seed, new CheckpointStore(run.Checkpoints), clock, async happened =>
            {
                await log.RecordAsync(happened);
                if (happened is TrainingEvent.StepDone { Record.Step: var step } && step >= until)
                {
                    await pause.CancelAsync();
                }
            }).RunAsync(pause.Token);
            reached = outcome.State;
        }
        catch (TrainingDivergedException)
        {
            return trial with { Steps = plan.Steps, Rounds = state.Round + 1, Failure = "diverged" };
        }

        var loss = double.IsFinite(reached.Best.BestLoss) ? reached.Best.BestLoss : (double?)null;
        view.Say(FormattableString.Invariant($"  validation loss {loss:0.0000} after {reached.Step} steps"));
        return trial with
        {
            Steps = plan.Steps,
            Step = reached.Step,
            Loss = loss,
            Seconds = reached.Seconds,
            Rounds = reached.Step >= until || !stop.IsCancellationRequested ? state.Round + 1 : trial.Rounds,
        };
    }

    // A round ends with an evaluation, so that there is something to compare.
    private static int RoundUp(int steps, int interval) => (steps + interval - 1) / interval * interval;
}
