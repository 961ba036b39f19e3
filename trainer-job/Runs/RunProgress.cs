using Pipeline.Runs;
using Pipeline.Storage;
using Pipeline.TrainerJob.Checkpoints;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Keeps a run's <c>state.json</c> true while the run goes on.</summary>
internal sealed class RunProgress(RunFolder run, ModelDestination destination, TimeProvider clock, double secondsBefore, RunState state, Func<double, double?> costOf)
{
    private readonly long _started = clock.GetTimestamp();

    /// <summary>The state as it will be written next.</summary>
    public RunState State { get; set; } = state;

    /// <summary>Takes over what the loop has reached.</summary>
    public void Take(CheckpointState reached)
    {
        State = State with
        {
            Step = reached.Step,
            BestStep = reached.Best.BestStep,
            TrainLoss = Finite(reached.Best.BestStep > 0 ? reached.Best.BestTrainLoss : reached.Smoothed.Value),
            TrainedTokens = reached.Tokens,
        };
    }

    /// <summary>Writes the state and shares the run's files.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        var seconds = secondsBefore + clock.GetElapsedTime(_started).TotalSeconds;
        State = State with { Seconds = seconds, Cost = costOf(seconds), Updated = clock.GetUtcNow() };
        await AtomicFile.WriteAsync(run.State, State.ToJson(), cancellationToken);
        await destination.ShareAsync(run, cancellationToken);
    }

    /// <summary>Writes how the run ended. A request to stop does not keep it from that.</summary>
    public async Task<RunState> EndAsync(RunStatus status, string? error)
    {
        State = State with { Status = status, Error = error };
        await SaveAsync(CancellationToken.None);
        return State;
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
