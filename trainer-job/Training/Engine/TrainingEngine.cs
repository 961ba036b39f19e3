using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// Computes losses and gradients of a GPT-2 with ONNX Runtime and moves its parameters with AdamW. Graphs are compiled for the sizes of
/// batch that occur and kept: use few different sizes. Not safe for use by several threads at once.
/// </summary>
public sealed class TrainingEngine : IDisposable
{
    private readonly ModelShape _shape;
    private readonly ParameterSet _parameters;
    private readonly TrainingEngineOptions _options;
    private readonly TrainingScope _scope;
    private readonly ParameterSet _gradients;
    private readonly Pieces _pieces;
    private readonly Dictionary<PassKey, IPass> _passes = [];
    private ParameterSet? _scratch;
    private OptimizerState? _state;
    private bool _hasGradients;
    private long _rowsOfStep;
    private double _lossScale;
    private double? _norm;

    /// <summary>Takes the parameters as they are; they stay the caller's, who disposes of them after the engine.</summary>
    /// <exception cref="ArgumentException">The parameters are not those of the shape, or a setting is out of range.</exception>
    public TrainingEngine(ModelShape shape, ParameterSet parameters, TrainingEngineOptions options)
    {
        var expected = Gpt2Parameters.Of(shape).Select(tensor => (tensor.Name, tensor.Shape.ToString()));
        if (!expected.SequenceEqual(parameters.Select(parameter => (parameter.Name, $"[{string.Join(',', parameter.Shape)}]"))))
        {
            throw new ArgumentException($"The parameters are not those of {shape}.", nameof(parameters));
        }

        options.Check(shape);
        _shape = shape;
        _parameters = parameters;
        _options = options;
        _scope = options.Scope;
        Adapter = options.Lora is { } lora ? LoraAdapter.Random(shape, lora, options.Seed, options.FrozenLayers) : null;
        Trainable = [.. _scope.Trainable(shape).Select(tensor => Find(tensor.Name))];
        _gradients = new ParameterSet(Trainable.Select(parameter => (parameter.Name, parameter.Shape)));
        _pieces = new Pieces(_gradients, options.Threads);
        _lossScale = options.Precision == TrainingPrecision.Half ? options.LossScale : 1;
    }

    private enum Purpose
    {
        Training,
        Evaluation,
        Inference,
    }

    /// <summary>
    /// The tensors that are trained, in the order of the gradients and of the optimiser's state: parameters of the model, or those of the
    /// adapter. A checkpoint needs these; the others stay as they were given.
    /// </summary>
    public IReadOnlyList<Parameter> Trainable { get; }

    /// <summary>
    /// The adapter, if there is one: new at first, so that it changes nothing. Write to it to go on with another; merge it by
    /// <see cref="LoraAdapter.Merge"/>.
    /// </summary>
    public ParameterSet? Adapter { get; }

    /// <summary>How many updates have been made; to be set when going on from a checkpoint, since dropout follows from it.</summary>
    public long Updates { get; set; }

    /// <summary>The gradients added up since the last update.</summary>
    public ParameterSet Gradients
    {
        get
        {
            if (!_hasGradients)
            {
                _gradients.Clear();
            }

            return _gradients;
        }
    }

    /// <summary>AdamW's memory; zeros until the first update or until a checkpoint is read into it.</summary>
    public OptimizerState OptimizerState => _state ??= new OptimizerState(_gradients);

    /// <summary>
    /// Runs a batch forward and backward and adds the gradients of <paramref name="scale"/> × the summed loss. With 1 / (labels of all
    /// micro-batches of a step) as the scale, several small batches give what one large batch does.
    /// </summary>
    /// <exception cref="ArgumentException">An id, a position or a label is out of range.</exception>
    public StepLoss Accumulate(TrainingBatch batch, double scale)
    {
        var head = HeadTokens.Of(batch);
        var dropout = new DropoutState(_options.Seed, Updates, _rowsOfStep, _options.Dropout);
        _rowsOfStep += batch.Rows;
        if (head.Labelled == 0)
        {
            return default;
        }

        var pass = Pass(Purpose.Training, batch, head.Rows);
        var target = _hasGradients ? _scratch ??= _gradients.ZerosLike() : _gradients;
        pass.Prepare(target);
        Fill(pass.Tensors, batch);
        head.Fill(pass.Tensors, (float)(scale * _lossScale));
        pass.SetDropout(dropout);
        pass.Run(target);
        if (_lossScale != 1)
        {
            _pieces.Scale(target, (float)(1 / _lossScale));
        }

        if (_hasGradients)
        {
            _pieces.Add(_gradients, _scratch!);
        }

        _hasGradients = true;
        _norm = null;
        return head.Sum(pass.Tensors);
    }

    /// <summary>The root of the sum of all squared gradients.</summary>
    public double GradientNorm()
    {
        if (!_hasGradients || _norm is not null)
        {
            return _norm ?? 0;
        }

        _norm = _pieces.Norm(_gradients);
        if (!double.IsFinite(_norm.Value))
        {
            _lossScale = Math.Max(1, _lossScale / 2);
        }

        return _norm.Value;
    }

    /// <summary>
    /// Moves the parameters by AdamW and forgets the gradients. Check <see cref="GradientNorm"/> first: a gradient that is not finite would
    /// spoil the parameters.
    /// </summary>
    /// <param name="options">AdamW's constants.</param>
    /// <param name="step">The number of this update, from 1.</param>
    /// <param name="learningRate">The learning rate of this update.</param>
    /// <param name="clipNorm">Gradients whose norm is larger are scaled down to it, as PyTorch's <c>clip_grad_norm_</c> does; 0 or less: never.</param>
    public unsafe void Update(AdamWOptions options, int step, double learningRate, double clipNorm)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        var clip = clipNorm > 0 ? Math.Min(1, clipNorm / (GradientNorm() + 1e-6)) : 1;
        var adam = new AdamW(options, step, learningRate, clip);
        var (gradients, first, second) = (Gradients, OptimizerState.FirstMoments, OptimizerState.SecondMoments);
        _pieces.ForEach(piece => adam.Apply(
            Trainable[piece.Parameter].Pointer + piece.Start,
            gradients[piece.Parameter].Pointer + piece.Start,
            first[piece.Parameter].Pointer + piece.Start,
            second[piece.Parameter].Pointer + piece.Start,
            piece.Length,
            Trainable[piece.Parameter].IsMatrix));
        Updates = step;
        DiscardGradients();
    }

    /// <summary>Forgets the gradients added up so far, for a step that is skipped.</summary>
    public void DiscardGradients() => (_hasGradients, _norm, _rowsOfStep) = (false, null, 0);

    /// <summary>The loss of a batch, without gradients.</summary>
    /// <exception cref="ArgumentException">An id, a position or a label is out of range.</exception>
    public StepLoss Evaluate(TrainingBatch batch)
    {
        var head = HeadTokens.Of(batch);
        if (head.Labelled == 0)
        {
            return default;
        }

        var pass = Pass(Purpose.Evaluation, batch, head.Rows);
        pass.Prepare(_gradients);
        Fill(pass.Tensors, batch);
        head.Fill(pass.Tensors, weight: null);
        pass.Run(_gradients);
        return head.Sum(pass.Tensors);
    }

    /// <summary>The scores of every next token: [Rows, Length, Vocabulary].</summary>
    /// <exception cref="ArgumentException">An id or a position is out of range.</exception>
    public float[] Logits(TrainingBatch batch) => Infer(batch).Numbers(Gpt2Graph.Logits).ToArray();

    /// <summary>
    /// The residual stream [Rows, Length, Width] after the embeddings (0), after each block, and after the last layer norm (layers + 1).
    /// </summary>
    /// <exception cref="ArgumentException">An id or a position is out of range.</exception>
    public float[] HiddenState(TrainingBatch batch, int index) => Infer(batch).Numbers(Gpt2Graph.Hidden(index)).ToArray();

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var pass in _passes.Values)
        {
            pass.Dispose();
        }

        Adapter?.Dispose();
        _gradients.Dispose();
        _scratch?.Dispose();
        _state?.Dispose();
    }

    private static void Check(string what, long[] values, long limit, long? allowed = null)
    {
        foreach (var value in values)
        {
            if ((value < 0 || value >= limit) && value != allowed)
            {
                throw new ArgumentException($"The batch holds the {what} {value}; the model has {limit}.");
            }
        }
    }

    private Parameter Find(string name) => Adapter is not null && Adapter.Contains(name) ? Adapter[name] : _parameters[name];

    private BatchTensors Infer(TrainingBatch batch)
    {
        var pass = Pass(Purpose.Inference, batch, 0);
        pass.Prepare(_gradients);
        Fill(pass.Tensors, batch);
        pass.Run(_gradients);
        return pass.Tensors;
    }

    private void Fill(BatchTensors tensors, TrainingBatch batch)
    {
        Check("token id", batch.InputIds, _shape.Vocabulary);
        Check("position", batch.PositionIds, _shape.Context);
        Check("label", batch.Labels, _shape.Vocabulary, TrainingBatch.Ignored);
        batch.InputIds.CopyTo(tensors.Indices(Gpt2Graph.InputIds));
        batch.PositionIds.CopyTo(tensors.Indices(Gpt2Graph.PositionIds));
        batch.Segments.CopyTo(tensors.Indices(Gpt2Graph.Segments));
    }

    private IPass Pass(Purpose purpose, TrainingBatch batch, int headRows)
    {
        var key = new PassKey(purpose, batch.Rows, batch.Length, headRows);
        if (!_passes.TryGetValue(key, out var pass))
        {
            var plan = new Gpt2Plan(_shape, _scope, batch.Rows, batch.Length, _options.Operators, _options.Dropout, _options.Products);
            pass = purpose switch
            {
                Purpose.Training when _options.GradientCheckpointing => new BlockPass(plan, headRows, _options, Find),
                Purpose.Training => WholeTraining(plan, headRows),
                Purpose.Evaluation => Whole(Gpt2Graph.Evaluation(plan, headRows)),
                _ => Whole(Gpt2Graph.Inference(plan, hidden: true)),
            };
            _passes.Add(key, pass);

            WholePass Whole(Graph graph) => new(plan, graph, null, _options, Find);
        }

        return pass;
    }

    private WholePass WholeTraining(Gpt2Plan plan, int headRows)
    {
        // Only kernels add to memory that they are given.
        var apart = plan.Operators == GraphOperators.Kernels && _scope.TrainsParameter(Gpt2Parameters.TokenTable);
        var backward = apart ? Gpt2BlockGraphs.EmbeddingBackward(plan, Gpt2Builder.SiteOf(_shape.Layers)) : null;
        return new WholePass(plan, Gpt2Graph.Training(plan, headRows, apart), backward, _options, Find);
    }

    private readonly record struct PassKey(Purpose Purpose, int Rows, int Length, int HeadRows);
}
