using Pipeline.Generation.Lstm;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>
/// Trains an LSTM by truncated back-propagation through time (Williams, Peng 1990): each row of a batch goes on where the same row of the one
/// before ended, with its state carried over, and gradients end at the batch's beginning. A token at position 0 begins with an empty state.
/// The carried state is part of a checkpoint. Owns the parameters.
/// </summary>
internal sealed class LstmEngine : ITrainableModel
{
    private readonly LstmShape _shape;
    private readonly TrainingPreset _preset;
    private readonly ParameterSet _gradients;
    private readonly OptimizerState _optimizer;
    private readonly ParameterSet _carried;
    private readonly Pieces _pieces;
    private readonly Dictionary<(char Purpose, int Rows, int Length), LstmPass> _passes = [];
    private ParameterSet? _scratch;
    private ParameterSet? _evaluated;
    private bool _hasGradients;
    private double? _norm;

    /// <summary>Takes over the parameters.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="parameters">Its weights.</param>
    /// <param name="preset">AdamW's constants and the norm that gradients are clipped to.</param>
    /// <param name="rows">Rows of the batches that are trained on.</param>
    public LstmEngine(LstmShape shape, ParameterSet parameters, TrainingPreset preset, int rows)
    {
        (_shape, _preset, Parameters, Rows) = (shape, preset, parameters, rows);
        _gradients = parameters.ZerosLike();
        _optimizer = new OptimizerState(_gradients);
        _carried = EmptyState(rows);
        _pieces = new Pieces(_gradients, Environment.ProcessorCount);
        Weights = [.. parameters.Select(parameter => new StateTensor(parameter.Name, parameter))];
        OptimizerState =
        [
            .. _optimizer.FirstMoments.Select(moment => new StateTensor(moment.Name + ".m", moment)),
            .. _optimizer.SecondMoments.Select(moment => new StateTensor(moment.Name + ".v", moment)),
            .. _carried.Select(state => new StateTensor(state.Name, state)),
        ];
    }

    /// <summary>Rows of the batches that are trained on.</summary>
    public int Rows { get; }

    /// <inheritdoc />
    public ParameterSet Parameters { get; }

    /// <inheritdoc />
    public ParameterSet? Adapter => null;

    /// <summary>The state [Rows, H] that the next batch goes on from, under the names of <see cref="LstmGraph.StateOf"/>.</summary>
    public ParameterSet Carried => _carried;

    /// <summary>The gradients added up since the last update.</summary>
    public ParameterSet Gradients => _gradients;

    /// <inheritdoc />
    public IReadOnlyList<IStateTensor> Weights { get; }

    /// <inheritdoc />
    public IReadOnlyList<IStateTensor> OptimizerState { get; }

    /// <inheritdoc />
    public void GoOnAfter(int updates)
    {
        // Everything that a step depends on is in the checkpoint.
    }

    /// <inheritdoc />
    public StepLoss Accumulate(TrainingBatch batch, double scale)
    {
        if (batch.Rows != Rows)
        {
            throw new ArgumentException($"The batch has {batch.Rows} rows; this engine carries the state of {Rows}.", nameof(batch));
        }

        var pass = Pass('t', batch, LstmGraph.Training);
        var target = _hasGradients ? _scratch ??= _gradients.ZerosLike() : _gradients;
        pass.Prepare(target);
        Fill(pass.Tensors, batch, _carried, (float)scale);
        pass.Run(target);
        Carry(pass.Tensors, _carried);
        if (_hasGradients)
        {
            _pieces.Add(_gradients, _scratch!);
        }

        (_hasGradients, _norm) = (true, null);
        return Sum(pass.Tensors, batch);
    }

    /// <inheritdoc />
    public double GradientNorm() => !_hasGradients ? 0 : _norm ??= _pieces.Norm(_gradients);

    /// <inheritdoc />
    public unsafe void Update(int step, double learningRate)
    {
        var clip = _preset.ClipNorm > 0 ? Math.Min(1, _preset.ClipNorm / (GradientNorm() + 1e-6)) : 1;
        var options = new AdamWOptions { Beta1 = _preset.Beta1, Beta2 = _preset.Beta2, Epsilon = _preset.Epsilon, WeightDecay = _preset.WeightDecay };
        var adam = new AdamW(options, step, learningRate, clip);
        _pieces.ForEach(piece => adam.Apply(
            Parameters[piece.Parameter].Pointer + piece.Start,
            _gradients[piece.Parameter].Pointer + piece.Start,
            _optimizer.FirstMoments[piece.Parameter].Pointer + piece.Start,
            _optimizer.SecondMoments[piece.Parameter].Pointer + piece.Start,
            piece.Length,
            Parameters[piece.Parameter].IsMatrix));
        DiscardGradients();
    }

    /// <inheritdoc />
    public void DiscardGradients() => (_hasGradients, _norm) = (false, null);

    /// <summary>The batch's loss; its rows go on where those of the evaluated batch before ended, but for tokens at position 0.</summary>
    public StepLoss Evaluate(TrainingBatch batch)
    {
        if (_evaluated is null || _evaluated[0].Shape[0] != batch.Rows)
        {
            _evaluated?.Dispose();
            _evaluated = EmptyState(batch.Rows);
        }

        var pass = Pass('e', batch, LstmGraph.Evaluation);
        pass.Prepare(_gradients);
        Fill(pass.Tensors, batch, _evaluated, weight: null);
        pass.Run(_gradients);
        Carry(pass.Tensors, _evaluated);
        return Sum(pass.Tensors, batch);
    }

    /// <inheritdoc />
    public float[] Logits(TrainingBatch batch)
    {
        using var empty = EmptyState(batch.Rows);
        return Logits(batch, empty);
    }

    /// <summary>The scores of every next token, row by row, and the state after.</summary>
    /// <param name="batch">The tokens.</param>
    /// <param name="state">What the rows go on from, and then where they ended.</param>
    public float[] Logits(TrainingBatch batch, ParameterSet state)
    {
        var pass = Pass('i', batch, LstmGraph.Inference);
        pass.Prepare(_gradients);
        Fill(pass.Tensors, batch, state, weight: null);
        pass.Run(_gradients);
        Carry(pass.Tensors, state);
        var vocabulary = _shape.Vocabulary;
        var found = pass.Tensors.Numbers(LstmGraph.Logits);
        var logits = new float[found.Length];
        for (var token = 0; token < batch.InputIds.Length; token++)
        {
            found.Slice(Place(batch, token) * vocabulary, vocabulary).CopyTo(logits.AsSpan(token * vocabulary));
        }

        return logits;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var pass in _passes.Values)
        {
            pass.Dispose();
        }

        foreach (var set in (ParameterSet?[])[_gradients, _carried, _scratch, _evaluated, Parameters])
        {
            set?.Dispose();
        }

        _optimizer.Dispose();
    }

    // Batches are row by row, the graph is step by step.
    private static int Place(TrainingBatch batch, int token) => (token % batch.Length * batch.Rows) + (token / batch.Length);

    private static void Carry(BatchTensors tensors, ParameterSet state)
    {
        foreach (var part in state)
        {
            tensors.Numbers("next." + part.Name).CopyTo(part.Values);
        }
    }

    private static StepLoss Sum(BatchTensors tensors, TrainingBatch batch)
    {
        var losses = tensors.Numbers(LstmGraph.Losses);
        var (sum, count) = (0.0, 0L);
        for (var token = 0; token < batch.Labels.Length; token++)
        {
            if (batch.Labels[token] != TrainingBatch.Ignored)
            {
                sum += losses[Place(batch, token)];
                count++;
            }
        }

        return new StepLoss(sum, count);
    }

    private ParameterSet EmptyState(int rows) => new(Enumerable.Range(0, _shape.Layers).SelectMany(layer => new[]
    {
        (LstmGraph.StateOf("h", layer), new long[] { rows, _shape.Hidden }),
        (LstmGraph.StateOf("c", layer), [rows, _shape.Hidden]),
    }));

    private LstmPass Pass(char purpose, TrainingBatch batch, Func<LstmShape, int, int, Graph> graph)
    {
        var key = (purpose, batch.Rows, batch.Length);
        if (!_passes.TryGetValue(key, out var pass))
        {
            _passes.Add(key, pass = new LstmPass(graph(_shape, batch.Rows, batch.Length), Parameters));
        }

        return pass;
    }

    private void Fill(BatchTensors tensors, TrainingBatch batch, ParameterSet state, float? weight)
    {
        var ids = tensors.Indices(LstmGraph.InputIds);
        var kept = tensors.Numbers(LstmGraph.Kept);
        for (var token = 0; token < batch.InputIds.Length; token++)
        {
            var (place, id, label) = (Place(batch, token), batch.InputIds[token], batch.Labels[token]);
            if (id < 0 || id >= _shape.Vocabulary || (label != TrainingBatch.Ignored && (label < 0 || label >= _shape.Vocabulary)))
            {
                throw new ArgumentException($"The batch holds the token {id} with the label {label}; the model has {_shape.Vocabulary} tokens.", nameof(batch));
            }

            ids[place] = id;
            var last = token % batch.Length == batch.Length - 1;
            kept[place] = last || batch.PositionIds[token + 1] != 0 ? 1 : 0;
            if (tensors.Contains(LstmGraph.Labels))
            {
                tensors.Indices(LstmGraph.Labels)[place] = Math.Max(0, label);
            }

            if (weight is { } value)
            {
                tensors.Numbers(LstmGraph.Weights)[place] = label == TrainingBatch.Ignored ? 0 : value;
            }
        }

        foreach (var part in state)
        {
            var input = tensors.Numbers(part.Name);
            part.Values.CopyTo(input);
            for (var row = 0; row < batch.Rows; row++)
            {
                if (batch.PositionIds[row * batch.Length] == 0)
                {
                    input.Slice(row * _shape.Hidden, _shape.Hidden).Clear();
                }
            }
        }
    }
}
