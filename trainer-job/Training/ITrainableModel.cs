using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>An engine that trains a model whose weights can be taken out of it.</summary>
internal interface ITrainableModel : ITrainingEngine
{
    /// <summary>The model's parameters.</summary>
    ParameterSet Parameters { get; }

    /// <summary>The adapter's tensors beside them, or null.</summary>
    ParameterSet? Adapter { get; }
}
