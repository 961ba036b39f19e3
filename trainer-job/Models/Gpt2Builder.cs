using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// GPT-2's parts, put together in one graph: x = wte[ids] + wpe[positions]; in each block x += attn(ln_1(x)), x += mlp(ln_2(x)); then ln_f and
/// the tied head. Each parameter becomes an input under its own name when it is first used.
/// </summary>
internal sealed class Gpt2Builder
{
    /// <summary>A block drops from its attention weights and from what its two branches give.</summary>
    public const int SitesOfBlock = 3;

    private const float CtrlEpsilon = 1e-6f;

    private readonly Gpt2Plan _plan;
    private readonly bool _training;
    private readonly int _firstSite;
    private readonly Dropout _dropout;
    private readonly Dictionary<string, Shape> _sizes;
    private readonly HashSet<string> _trainable;
    private readonly Dictionary<string, GraphValue> _parameters = [];
    private GraphValue? _segments;

    /// <summary>Starts a graph.</summary>
    /// <param name="plan">The model, its batch and what is trained.</param>
    /// <param name="training">Whether gradients are wanted, and dropout is done.</param>
    /// <param name="firstSite">The site of dropout that the graph's first one is.</param>
    /// <param name="sites">How many sites of dropout the graph has.</param>
    public Gpt2Builder(Gpt2Plan plan, bool training, int firstSite, int sites)
    {
        _plan = plan;
        _training = training;
        _firstSite = firstSite;
        Graph = new Graph(plan.Operators, plan.Products);
        Tape = new Tape(Graph);
        _dropout = new Dropout(Graph, plan.Rows, sites, training ? plan.Dropout : 0);
        _sizes = plan.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        _trainable = training ? [.. plan.Scope.Trainable(plan.Shape).Select(tensor => tensor.Name)] : [];
    }

    public Graph Graph { get; }

    public Tape Tape { get; }

    /// <summary>An input of the graph that is no parameter.</summary>
    public GraphValue Input(string name, ElementType type, Shape shape) => Graph.Input(name, type, shape);

    /// <summary>A parameter.</summary>
    public GraphValue Parameter(string name)
    {
        if (!_parameters.TryGetValue(name, out var parameter))
        {
            _parameters[name] = parameter = Graph.Input(name, ElementType.Number, _sizes[name]);
            if (_trainable.Contains(name))
            {
                Tape.Follow(parameter);
            }
        }

        return parameter;
    }

    /// <summary>The embeddings [B·T, C].</summary>
    /// <param name="apart">Ends the backward pass with their gradient: that of the tables is another graph's.</param>
    public GraphValue Embed(bool apart = false)
    {
        Shape tokens = [_plan.Tokens];
        var ids = Input(Gpt2Graph.InputIds, ElementType.Index, tokens);
        var positions = Input(Gpt2Graph.PositionIds, ElementType.Index, tokens);
        if (apart)
        {
            var table = Graph.Input(Gpt2Parameters.PositionTable, ElementType.Number, _sizes[Gpt2Parameters.PositionTable]);
            var x = Embedding.Forward(Graph, Parameter(Gpt2Parameters.TokenTable), table, ids, positions);
            return Tape.Follow(_dropout.Drop(x.Shape, 0)(x));
        }

        if (_plan.Shape.IsCtrl)
        {
            // Never trained, so there is no way back through it.
            var tokensOnly = Graph.Multiply(Graph.GatherRows(Parameter(Gpt2Parameters.TokenTable), ids), Graph.Scalar(MathF.Sqrt(_plan.Shape.Width)));
            return Graph.Add(tokensOnly, Graph.GatherRows(Parameter(Gpt2Parameters.PositionTable), positions));
        }

        return _dropout.Apply(Tape, Embedding.Apply(Tape, Parameter(Gpt2Parameters.TokenTable), Parameter(Gpt2Parameters.PositionTable), ids, positions), 0);
    }

    /// <summary>One block: x [B·T, C] gives [B·T, C].</summary>
    public GraphValue Block(GraphValue x, int layer)
    {
        _segments ??= Input(Gpt2Graph.Segments, ElementType.Index, [_plan.Tokens]);
        var site = SiteOf(layer) - _firstSite;
        var block = Gpt2Parameters.Block(layer);
        var mixed = Attention.Apply(Tape, Project(Norm(x, block + "ln_1"), layer, "attn.c_attn"), _segments, _plan.Shape.Heads, _plan.Length, _dropout, site);
        x = Residual.Apply(Tape, x, _dropout.Apply(Tape, Project(mixed, layer, "attn.c_proj"), site + 1));
        var inner = Project(Norm(x, block + "ln_2"), layer, "mlp.c_fc");
        var wide = _plan.Shape.IsCtrl ? Relu.Apply(Tape, inner) : Gelu.Apply(Tape, inner);
        return Residual.Apply(Tape, x, _dropout.Apply(Tape, Project(wide, layer, "mlp.c_proj"), site + 2));
    }

    /// <summary>The first site of dropout of a block; site 0 is that of the embeddings.</summary>
    public static int SiteOf(int layer) => 1 + (SitesOfBlock * layer);

    /// <summary>The last layer norm.</summary>
    public GraphValue FinalNorm(GraphValue x) => Norm(x, Gpt2Parameters.FinalNorm);

    /// <summary>The scores of the next token.</summary>
    public GraphValue Logits(GraphValue x) => TiedHead.Logits(Graph, x, Parameter(Gpt2Parameters.TokenTable), HeadBias);

    /// <summary>The rows that the head is run on and their labels.</summary>
    public (GraphValue X, GraphValue Labels) LabelledRows(GraphValue x, int headRows)
    {
        if (headRows < _plan.Tokens)
        {
            x = RowSelection.Apply(Tape, x, Input(Gpt2Graph.HeadRows, ElementType.Index, [headRows]));
        }

        return (x, Input(Gpt2Graph.Labels, ElementType.Index, [headRows, 1]));
    }

    /// <summary>The losses, as an output of the graph; in training the backward pass of the head follows from them.</summary>
    public void Losses(GraphValue x, int headRows)
    {
        var (rows, labels) = LabelledRows(x, headRows);
        if (_training)
        {
            var weights = Input(Gpt2Graph.Weights, ElementType.Number, [headRows, 1]);
            Graph.Output(Gpt2Graph.Losses, TiedHead.Apply(Tape, rows, Parameter(Gpt2Parameters.TokenTable), labels, weights, HeadBias));
        }
        else
        {
            Graph.Output(Gpt2Graph.Losses, TiedHead.Loss(Graph, Logits(rows), labels));
        }
    }

    /// <summary>Builds the backward pass and declares the gradients of all trainable parameters in use as outputs.</summary>
    public void OutputGradients()
    {
        Tape.Backward();
        foreach (var (name, parameter) in _parameters.Where(parameter => _trainable.Contains(parameter.Key)))
        {
            Graph.Output(Gpt2Graph.GradientOf(name), Tape.Gradient(parameter));
        }
    }

    private GraphValue? HeadBias => _plan.Shape.IsCtrl ? Parameter(Gpt2Parameters.HeadBias) : null;

    private GraphValue Norm(GraphValue x, string name) =>
        LayerNorm.Apply(Tape, x, Parameter(name + ".weight"), Parameter(name + ".bias"), _plan.Shape.IsCtrl ? CtrlEpsilon : Gpt2Graph.Epsilon);

    private GraphValue Project(GraphValue x, int layer, string module)
    {
        var name = Gpt2Parameters.Block(layer) + module;
        var (weight, bias) = (Parameter(name + ".weight"), Parameter(name + ".bias"));
        return _plan.Scope.Adapts(layer, module)
            ? LoraLinear.Apply(Tape, x, weight, bias, Parameter(LoraAdapter.FirstOf(name)), Parameter(LoraAdapter.SecondOf(name)), (float)_plan.Scope.Lora!.Factor)
            : Linear.Apply(Tape, x, weight, bias);
    }
}
