using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// GPT-2 (Radford et al. 2019) as graphs over a batch of B rows of T tokens: x = wte[ids] + wpe[positions]; in each block
/// x += attn(ln_1(x)), x += mlp(ln_2(x)); then ln_f and the tied head. Parameters are inputs under their own names.
/// </summary>
public sealed class Gpt2Graph
{
    /// <summary>Token ids [B·T].</summary>
    public const string InputIds = "input_ids";

    /// <summary>The position of each token in its document [B·T].</summary>
    public const string PositionIds = "position_ids";

    /// <summary>The segment of each token [B·T].</summary>
    public const string Segments = "segments";

    /// <summary>Which of the B·T tokens the head is run on [R], each at most once.</summary>
    public const string HeadRows = "head_rows";

    /// <summary>The right next token of each of those [R, 1]; any valid id where there is none.</summary>
    public const string Labels = "labels";

    /// <summary>The weight of each of those in the loss [R, 1]; 0 where there is no label.</summary>
    public const string Weights = "weights";

    /// <summary>Output: -ln p(label) of each of those, not weighted [R, 1].</summary>
    public const string Losses = "losses";

    /// <summary>Output: the scores of every next token [B·T, V].</summary>
    public const string Logits = "logits";

    /// <summary>GPT-2's ε in every layer norm.</summary>
    public const float Epsilon = 1e-5f;

    private readonly ModelShape _shape;
    private readonly TrainingScope _scope;
    private readonly Graph _graph;
    private readonly Tape _tape;
    private readonly int _rows;
    private readonly int _length;
    private readonly Dictionary<string, GraphValue> _parameters = [];

    private Gpt2Graph(ModelShape shape, TrainingScope scope, int rows, int length, GraphOperators operators, bool training)
    {
        _graph = new Graph(operators);
        _shape = shape;
        _scope = scope;
        _rows = rows;
        _length = length;
        _tape = new Tape(_graph);
        foreach (var (name, size) in Gpt2Parameters.Of(shape).Concat(scope.Lora is { } lora ? LoraAdapter.Of(shape, lora, scope.FrozenLayers) : []))
        {
            _parameters[name] = _graph.Input(name, ElementType.Number, size);
        }

        foreach (var (name, _) in training ? scope.Trainable(shape) : [])
        {
            _tape.Follow(_parameters[name]);
        }
    }

    /// <summary>Output: the gradient of a parameter.</summary>
    public static string GradientOf(string parameter) => "gradient." + parameter;

    /// <summary>Output: the residual stream [B·T, C] after the embeddings (0), after each block, and after the last layer norm.</summary>
    public static string Hidden(int index) => "hidden." + index;

    /// <summary>Losses of <paramref name="headRows"/> tokens and the gradients of their weighted sum for what is trained.</summary>
    public static Graph Training(ModelShape shape, TrainingScope scope, int rows, int length, int headRows, GraphOperators operators)
    {
        var model = new Gpt2Graph(shape, scope, rows, length, operators, training: true);
        var (x, labels) = model.LabelledRows(headRows);
        var weights = model._graph.Input(Weights, ElementType.Number, [headRows, 1]);
        model._graph.Output(Losses, TiedHead.Apply(model._tape, x, model._parameters[Gpt2Parameters.TokenTable], labels, weights));
        model._tape.Backward();
        foreach (var (name, _) in scope.Trainable(shape))
        {
            model._graph.Output(GradientOf(name), model._tape.Gradient(model._parameters[name]));
        }

        return model._graph;
    }

    /// <summary>Losses of <paramref name="headRows"/> tokens alone.</summary>
    public static Graph Evaluation(ModelShape shape, TrainingScope scope, int rows, int length, int headRows, GraphOperators operators)
    {
        var model = new Gpt2Graph(shape, scope, rows, length, operators, training: false);
        var (x, labels) = model.LabelledRows(headRows);
        var logits = TiedHead.Logits(model._graph, x, model._parameters[Gpt2Parameters.TokenTable]);
        model._graph.Output(Losses, TiedHead.Loss(model._graph, logits, labels));
        return model._graph;
    }

    /// <summary>The scores of every token and, on request, the residual stream at every joint.</summary>
    public static Graph Inference(ModelShape shape, TrainingScope scope, int rows, int length, GraphOperators operators, bool hidden)
    {
        var model = new Gpt2Graph(shape, scope, rows, length, operators, training: false);
        var states = model.HiddenStates();
        model._graph.Output(Logits, TiedHead.Logits(model._graph, states[^1], model._parameters[Gpt2Parameters.TokenTable]));
        for (var i = 0; hidden && i < states.Count; i++)
        {
            model._graph.Output(Hidden(i), states[i]);
        }

        return model._graph;
    }

    private (GraphValue X, GraphValue Labels) LabelledRows(int headRows)
    {
        var x = HiddenStates()[^1];
        if (headRows < _rows * _length)
        {
            x = RowSelection.Apply(_tape, x, _graph.Input(HeadRows, ElementType.Index, [headRows]));
        }

        return (x, _graph.Input(Labels, ElementType.Index, [headRows, 1]));
    }

    private List<GraphValue> HiddenStates()
    {
        Shape tokens = [_rows * _length];
        var ids = _graph.Input(InputIds, ElementType.Index, tokens);
        var positions = _graph.Input(PositionIds, ElementType.Index, tokens);
        var segments = _graph.Input(Segments, ElementType.Index, tokens);
        var x = Embedding.Apply(_tape, _parameters[Gpt2Parameters.TokenTable], _parameters[Gpt2Parameters.PositionTable], ids, positions);
        var states = new List<GraphValue> { x };
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            states.Add(x = Block(x, segments, layer));
        }

        states.Add(Norm(x, Gpt2Parameters.FinalNorm));
        return states;
    }

    private GraphValue Block(GraphValue x, GraphValue segments, int layer)
    {
        var block = Gpt2Parameters.Block(layer);
        var mixed = Attention.Apply(_tape, Project(Norm(x, block + "ln_1"), layer, "attn.c_attn"), segments, _shape.Heads, _length);
        x = Residual.Apply(_tape, x, Project(mixed, layer, "attn.c_proj"));
        var wide = Gelu.Apply(_tape, Project(Norm(x, block + "ln_2"), layer, "mlp.c_fc"));
        return Residual.Apply(_tape, x, Project(wide, layer, "mlp.c_proj"));
    }

    private GraphValue Norm(GraphValue x, string name) =>
        LayerNorm.Apply(_tape, x, _parameters[name + ".weight"], _parameters[name + ".bias"], Epsilon);

    private GraphValue Project(GraphValue x, int layer, string module)
    {
        var name = Gpt2Parameters.Block(layer) + module;
        var (weight, bias) = (_parameters[name + ".weight"], _parameters[name + ".bias"]);
        return _scope.Adapts(layer, module)
            ? LoraLinear.Apply(_tape, x, weight, bias, _parameters[LoraAdapter.FirstOf(name)], _parameters[LoraAdapter.SecondOf(name)], (float)_scope.Lora!.Factor)
            : Linear.Apply(_tape, x, weight, bias);
    }
}
