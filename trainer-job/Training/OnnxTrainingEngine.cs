using Pipeline.Generation;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>A GPT-2 trained by ONNX Runtime, as the loop sees it. Owns the parameters.</summary>
internal sealed class OnnxTrainingEngine : ITrainableModel
{
    private readonly TrainingEngine _engine;
    private readonly AdamWOptions _optimizer;
    private readonly double _clipNorm;
    private IReadOnlyList<IStateTensor>? _state;

    /// <summary>Takes over the parameters.</summary>
    public OnnxTrainingEngine(ModelShape shape, ParameterSet parameters, TrainingPreset preset, ulong seed = 1, ExecutionDevice? device = null)
    {
        Parameters = parameters;
        _engine = new TrainingEngine(shape, parameters, EngineSettings.Of(preset, seed, device));
        _optimizer = new AdamWOptions { Beta1 = preset.Beta1, Beta2 = preset.Beta2, Epsilon = preset.Epsilon, WeightDecay = preset.WeightDecay };
        _clipNorm = preset.ClipNorm;
        Weights = [.. _engine.Trainable.Select(parameter => new StateTensor(parameter.Name, parameter))];
    }

    /// <inheritdoc />
    public ParameterSet Parameters { get; }

    /// <inheritdoc />
    public ParameterSet? Adapter => _engine.Adapter;

    /// <inheritdoc />
    public void GoOnAfter(int updates) => _engine.Updates = updates;

    /// <inheritdoc />
    public IReadOnlyList<IStateTensor> Weights { get; }

    /// <inheritdoc />
    public IReadOnlyList<IStateTensor> OptimizerState => _state ??=
    [
        .. _engine.OptimizerState.FirstMoments.Select(moment => new StateTensor(moment.Name + ".m", moment)),
        .. _engine.OptimizerState.SecondMoments.Select(moment => new StateTensor(moment.Name + ".v", moment)),
    ];

    /// <inheritdoc />
    public StepLoss Accumulate(TrainingBatch batch, double scale) => _engine.Accumulate(batch, scale);

    /// <inheritdoc />
    public double GradientNorm() => _engine.GradientNorm();

    /// <inheritdoc />
    public void Update(int step, double learningRate) => _engine.Update(_optimizer, step, learningRate, _clipNorm);

    /// <inheritdoc />
    public void DiscardGradients() => _engine.DiscardGradients();

    /// <inheritdoc />
    public StepLoss Evaluate(TrainingBatch batch) => _engine.Evaluate(batch);

    /// <inheritdoc />
    public float[] Logits(TrainingBatch batch) => _engine.Logits(batch);

    /// <inheritdoc />
    public void Dispose()
    {
        _engine.Dispose();
        Parameters.Dispose();
    }
}
