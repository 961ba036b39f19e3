using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>A computation over batches of one size, compiled.</summary>
internal interface IPass : IDisposable
{
    /// <summary>The batch, and what comes out besides gradients.</summary>
    BatchTensors Tensors { get; }

    /// <summary>Makes the tensors ready to be written to.</summary>
    void Prepare(ParameterSet gradients);

    /// <summary>Gives each dropping site its key for the next run.</summary>
    void SetDropout(DropoutState state);

    /// <summary>Runs it. Gradients, if it makes any, are written over those of the set.</summary>
    void Run(ParameterSet gradients);
}
