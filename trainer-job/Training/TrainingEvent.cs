using Pipeline.TrainerJob.Checkpoints;

namespace Pipeline.TrainerJob.Training;

/// <summary>Something that a watcher of the run wants to know.</summary>
internal abstract record TrainingEvent
{
    /// <summary>The run goes on from a checkpoint.</summary>
    public sealed record Resumed(int Step) : TrainingEvent;

    /// <summary>A step was taken or, if <see cref="StepRecord.Skipped"/> says why, skipped.</summary>
    public sealed record StepDone(StepRecord Record) : TrainingEvent;

    /// <summary>The model wrote at an evaluation.</summary>
    public sealed record Sampled(int Step, IReadOnlyList<TrainingSample> Samples) : TrainingEvent;

    /// <summary>A checkpoint is on disk.</summary>
    public sealed record CheckpointSaved(CheckpointState State) : TrainingEvent;

    /// <summary>Something is amiss but the run goes on.</summary>
    public sealed record Warned(string Message) : TrainingEvent;
}

/// <summary>One line of the training log.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Epoch">Times through the corpus after this step, with a fraction.</param>
/// <param name="Loss">Mean loss a token of this step's batch, before the update, in nats.</param>
/// <param name="SmoothedLoss">Its bias-corrected exponential average.</param>
/// <param name="ValidationLoss">Mean loss a token on held-out posts after the update, if it was evaluated.</param>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="TokensPerSecond">Tokens predicted in a second of this step.</param>
/// <param name="Skipped">Why the step changed nothing, or null.</param>
/// <param name="Copied">The longest copied run of the samples, in tokens, if there were samples.</param>
internal sealed record StepRecord(
    int Step, double Epoch, double Loss, double SmoothedLoss, double? ValidationLoss, double LearningRate, double TokensPerSecond, string? Skipped = null, int? Copied = null);
