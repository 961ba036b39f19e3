using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>What the loop asks of a model that can be trained: the ONNX Runtime engine, or a model small enough to check by hand.</summary>
internal interface ITrainingEngine : IDisposable
{
    /// <summary>The weights that are trained, always in the same order; writing to them changes the model.</summary>
    IReadOnlyList<IStateTensor> Weights { get; }

    /// <summary>The optimiser's state, always in the same order; writing to it changes the optimiser.</summary>
    IReadOnlyList<IStateTensor> OptimizerState { get; }

    /// <summary>Takes up a run after so many updates, once weights and optimiser state are those of its checkpoint.</summary>
    void GoOnAfter(int updates);

    /// <summary>Adds the gradients of <paramref name="scale"/> × the batch's summed loss.</summary>
    StepLoss Accumulate(TrainingBatch batch, double scale);

    /// <summary>Global norm of the gradients gathered so far.</summary>
    double GradientNorm();

    /// <summary>One AdamW update with the gathered gradients, clipped to a global norm; then they are zero.</summary>
    /// <param name="step">Counted from 1, for Adam's bias correction.</param>
    void Update(int step, double learningRate);

    /// <summary>Forgets the gathered gradients.</summary>
    void DiscardGradients();

    /// <summary>The batch's loss, with no effect on the gradients.</summary>
    StepLoss Evaluate(TrainingBatch batch);

    /// <summary>The scores of every next token, row by row, token by token; labels are not looked at.</summary>
    float[] Logits(TrainingBatch batch);
}

/// <summary>One named tensor of a checkpoint.</summary>
internal interface IStateTensor
{
    /// <summary>Its name, unique within its list.</summary>
    string Name { get; }

    /// <summary>Its sizes, outermost first.</summary>
    IReadOnlyList<long> Shape { get; }

    /// <summary>Its values in row-major order, in place.</summary>
    Span<float> Values { get; }
}
