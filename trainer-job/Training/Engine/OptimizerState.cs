using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>What AdamW remembers of each trainable parameter; writable, so that a checkpoint can be continued.</summary>
public sealed class OptimizerState : IDisposable
{
    internal OptimizerState(ParameterSet like)
    {
        FirstMoments = like.ZerosLike();
        SecondMoments = like.ZerosLike();
    }

    /// <summary>The running means of the gradients.</summary>
    public ParameterSet FirstMoments { get; }

    /// <summary>The running means of the squared gradients.</summary>
    public ParameterSet SecondMoments { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        FirstMoments.Dispose();
        SecondMoments.Dispose();
    }
}
