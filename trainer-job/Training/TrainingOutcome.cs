using Pipeline.TrainerJob.Checkpoints;

namespace Pipeline.TrainerJob.Training;

/// <summary>How the loop ended.</summary>
internal abstract record TrainingOutcome(CheckpointState State)
{
    /// <summary>All steps are done, more would not help, or a limit is reached.</summary>
    public sealed record Finished(CheckpointState State, StopReason Reason) : TrainingOutcome(State);

    /// <summary>Stopped on request; the checkpoint is saved.</summary>
    public sealed record Interrupted(CheckpointState State) : TrainingOutcome(State);
}

/// <summary>Too many steps in a row had to be skipped. The last checkpoint is intact.</summary>
internal sealed class TrainingDivergedException(int step, string reason) : Exception(
    $"Training diverged: {StepGuard.Limit} steps in a row were skipped, the last at step {step}, because {reason}. The last checkpoint is intact; try a lower learning rate.");
