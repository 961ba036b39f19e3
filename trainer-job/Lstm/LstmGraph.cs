using System.Globalization;
using Pipeline.Generation.Lstm;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>
/// An LSTM language model as one graph over T tokens of R rows: embeddings, layers, a head of its own. All tensors with one entry a token
/// are step after step, each step all rows: [T·R].
/// </summary>
internal sealed class LstmGraph
{
    /// <summary>Token ids [T·R].</summary>
    public const string InputIds = "input_ids";

    /// <summary>1 where a row's state after the token goes on, 0 where the next token begins another text [T·R].</summary>
    public const string Kept = "kept";

    /// <summary>The right next tokens [T·R, 1]; any valid id where there is none.</summary>
    public const string Labels = "labels";

    /// <summary>Their weights in the loss [T·R, 1].</summary>
    public const string Weights = "weights";

    /// <summary>Output: -ln p(label), not weighted [T·R, 1].</summary>
    public const string Losses = "losses";

    /// <summary>Output: the scores of every next token [T·R, V].</summary>
    public const string Logits = "logits";

    private const string Gradient = "gradient.";

    private readonly LstmShape _shape;
    private readonly int _rows;
    private readonly int _length;
    private readonly Tape _tape;
    private readonly Dictionary<string, GraphValue> _parameters = [];

    private LstmGraph(LstmShape shape, int rows, int length, bool training)
    {
        (_shape, _rows, _length) = (shape, rows, length);
        _tape = new Tape(Graph);
        foreach (var (name, size) in LstmParameters.Of(shape))
        {
            _parameters[name] = Graph.Input(name, ElementType.Number, size);
            if (training)
            {
                _tape.Follow(_parameters[name]);
            }
        }
    }

    private Graph Graph { get; } = new();

    private int Tokens => _rows * _length;

    /// <summary>A layer's state before the first token [R, H], as an input; <paramref name="part"/> is h or c.</summary>
    public static string StateOf(string part, int layer) => string.Create(CultureInfo.InvariantCulture, $"state.{part}.{layer}");

    /// <summary>The same after the last token, as an output.</summary>
    public static string NextOf(string part, int layer) => "next." + StateOf(part, layer);

    /// <summary>Output: the gradient of a parameter.</summary>
    public static string GradientOf(string parameter) => Gradient + parameter;

    /// <summary>The parameter whose gradient an output is, or null.</summary>
    public static string? ParameterOf(string output) => output.StartsWith(Gradient, StringComparison.Ordinal) ? output[Gradient.Length..] : null;

    /// <summary>Losses, the gradients of their weighted sum, and the state after.</summary>
    public static Graph Training(LstmShape shape, int rows, int length)
    {
        var model = new LstmGraph(shape, rows, length, training: true);
        var hidden = model.Layers();
        var (table, bias) = (model._parameters[LstmParameters.Head], model._parameters[LstmParameters.HeadBias]);
        var labels = model.Graph.Input(Labels, ElementType.Index, [model.Tokens, 1]);
        var weights = model.Graph.Input(Weights, ElementType.Number, [model.Tokens, 1]);
        var outputs = model.Graph.Node(new CrossEntropyKernel(model.Tokens, shape.Vocabulary), model.Scores(hidden), labels, weights);
        model.Graph.Output(Losses, outputs[1]);
        model._tape.Contribute(hidden, sum => model.Graph.Gemm(outputs[0], table, sum));
        model._tape.Contribute(table, sum => model.Graph.Gemm(outputs[0], hidden, sum, transposeA: true));
        model._tape.Contribute(bias, ColumnSum.Of(model.Graph, outputs[0]));
        model._tape.Backward();
        foreach (var (name, parameter) in model._parameters)
        {
            model.Graph.Output(GradientOf(name), model._tape.Gradient(parameter));
        }

        return model.Graph;
    }

    /// <summary>Losses and the state after.</summary>
    public static Graph Evaluation(LstmShape shape, int rows, int length)
    {
        var model = new LstmGraph(shape, rows, length, training: false);
        var scores = model.Scores(model.Layers());
        model.Graph.Output(Losses, TiedHead.Loss(model.Graph, scores, model.Graph.Input(Labels, ElementType.Index, [model.Tokens, 1])));
        return model.Graph;
    }

    /// <summary>The scores of every token and the state after.</summary>
    public static Graph Inference(LstmShape shape, int rows, int length)
    {
        var model = new LstmGraph(shape, rows, length, training: false);
        model.Graph.Output(Logits, model.Scores(model.Layers()));
        return model.Graph;
    }

    private GraphValue Layers()
    {
        var x = TokenRows.Apply(_tape, _parameters[LstmParameters.Embedding], Graph.Input(InputIds, ElementType.Index, [Tokens]));
        var kept = Graph.SplitOutermost(Graph.Input(Kept, ElementType.Number, [Tokens]), _length);
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            var weights = new LstmWeights(Part("weight_ih"), Part("weight_hh"), Part("bias_ih"), Part("bias_hh"));
            Shape state = [_rows, _shape.Hidden];
            var (hidden, lastHidden, lastCell) = LstmLayer.Apply(
                _tape, x, weights, Graph.Input(StateOf("h", layer), ElementType.Number, state), Graph.Input(StateOf("c", layer), ElementType.Number, state), kept);
            Graph.Output(NextOf("h", layer), lastHidden);
            Graph.Output(NextOf("c", layer), lastCell);
            x = hidden;

            GraphValue Part(string part) => _parameters[LstmParameters.Of(part, layer)];
        }

        return x;
    }

    private GraphValue Scores(GraphValue hidden) =>
        Graph.Gemm(hidden, _parameters[LstmParameters.Head], _parameters[LstmParameters.HeadBias], transposeB: true);
}
