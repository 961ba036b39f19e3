using Pipeline.Generation;
using Pipeline.TrainerJob.Onnx;
using static Pipeline.TrainerJob.Export.GraphWriter;
using DataType = Pipeline.TrainerJob.Onnx.TensorProto.Types.DataType;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// The serving graph with its fused operators written out, for other people's programs: the same weights in the same file, inputs and
/// outputs as Hugging Face's Optimum names and shapes them (https://huggingface.co/docs/optimum-onnx), logits of every position, a cache
/// that grows by concatenation, and an attention mask that may hide any position, so that rows can be padded on the left as on the right.
/// A 32-bit graph becomes one of standard ONNX operators alone; of a quantised one, what reads the weights stays as it is.
/// </summary>
/// <param name="serving">The graph to rewrite; stays as it is.</param>
/// <param name="config">The model.</param>
/// <param name="headSize">Head size of the serving graph; where it is padded, the portable cache is not.</param>
internal sealed class PortableGraph(GraphProto serving, ModelConfig config, int headSize)
{
    private readonly GraphWriter _graph = new();
    private readonly PortableAttention _attention = new(config.Shape, headSize);
    private readonly Dictionary<string, string> _aliases = [];

    private ModelShape Shape => config.Shape;

    /// <summary>The rewritten graph.</summary>
    /// <exception cref="ExportException">The serving graph has a fused operator that is not known here.</exception>
    public GraphProto Build()
    {
        Declare();
        _attention.Prepare(_graph);
        foreach (var node in serving.Node)
        {
            Rewrite(node);
        }

        foreach (var initializer in serving.Initializer)
        {
            _graph.Initializer(initializer.Clone());
        }

        Prune(_graph.Graph);
        return _graph.Graph;
    }

    // Tools resolve dimensions by these names, batch_size above all.
    private void Declare()
    {
        string[] cache = ["batch_size", $"{Shape.Heads}", "past_sequence_length", $"{Shape.HeadSize}"];
        _graph.Input("input_ids", DataType.Int64, "batch_size", "sequence_length");
        _graph.Input("attention_mask", DataType.Int64, "batch_size", "total_sequence_length");
        _graph.Input("position_ids", DataType.Int64, "batch_size", "sequence_length");
        _graph.Output("logits", DataType.Float, "batch_size", "sequence_length", $"{Shape.Vocabulary}");
        for (var layer = 0; layer < Shape.Layers; layer++)
        {
            foreach (var part in new[] { "key", "value" })
            {
                _graph.Input($"past_key_values.{layer}.{part}", DataType.Float, cache);
                _graph.Output($"present.{layer}.{part}", DataType.Float, "batch_size", $"{Shape.Heads}", "total_sequence_length", $"{Shape.HeadSize}");
            }
        }
    }

    private void Rewrite(NodeProto node)
    {
        string[] inputs = [.. node.Input.Select(Alias)];
        switch (node.OpType)
        {
            case "GroupQueryAttention":
                _attention.Write(_graph, node, inputs);
                break;
            case "SkipLayerNormalization":
                LayerNorm(node, inputs);
                break;
            case "FastGelu":
                Gelu(node.Output[0], inputs);
                break;
            case "FusedMatMul":
                Head(node.Output[0], inputs);
                break;
            case "GatherND":
                // It picks the last position; here all of them go on.
                _aliases[node.Output[0]] = inputs[0];
                break;
            case var known when node.Domain != MicrosoftDomain || known is "MatMulNBits" or "GatherBlockQuantized" or "DynamicQuantizeMatMul":
                var copy = node.Clone();
                copy.Input.Clear();
                copy.Input.Add(inputs);
                _graph.Graph.Node.Add(copy);
                break;
            default:
                throw new ExportException($"The portable graph has no form for the operator {node.OpType}.");
        }
    }

    private string Alias(string name) => _aliases.GetValueOrDefault(name, name);

    private void LayerNorm(NodeProto node, string[] inputs)
    {
        var name = node.Output[0];
        var sum = node.Output.Count > 3 && node.Output[3].Length > 0 ? node.Output[3] : name + ".sum";
        var branch = inputs.Length > 4 ? _graph.Node("Add", name + ".branch", [inputs[0], inputs[4]]) : inputs[0];
        _graph.Node("Add", sum, [branch, inputs[1]]);
        _graph.Node("LayerNormalization", name, [sum, inputs[2], inputs[3]], Attribute("axis", -1), Attribute("epsilon", config.Epsilon));
    }

    // The tanh form with a cube by Pow is the pattern that runtimes find and fuse again.
    private void Gelu(string name, string[] inputs)
    {
        var x = inputs.Length > 1 ? _graph.Node("Add", name + ".x", inputs) : inputs[0];
        _graph.Node("Pow", name + ".cube", [x, Scalar("three", 3)]);
        _graph.Node("Mul", name + ".small", [name + ".cube", Scalar("gelu_cubic", 0.044715f)]);
        _graph.Node("Add", name + ".inner", [x, name + ".small"]);
        _graph.Node("Mul", name + ".scaled", [name + ".inner", Scalar("gelu_scale", MathF.Sqrt(2 / MathF.PI))]);
        _graph.Node("Tanh", name + ".tanh", [name + ".scaled"]);
        _graph.Node("Add", name + ".one", [name + ".tanh", Scalar("one_float", 1)]);
        _graph.Node("Mul", name + ".half", [x, Scalar("half", 0.5f)]);
        _graph.Node("Mul", name, [name + ".half", name + ".one"]);
    }

    // Gemm reads the table as it lies; a Transpose would be folded into a second copy of it.
    private void Head(string name, string[] inputs)
    {
        _graph.Node("Reshape", name + ".rows", [inputs[0], _graph.Constant(name + ".rows_shape", -1, Shape.Width)]);
        _graph.Node("Gemm", name + ".flat", [name + ".rows", inputs[1]], Attribute("transB", 1));
        _graph.Node("Shape", name + ".size", ["input_ids"]);
        _graph.Node("Concat", name + ".shape", [name + ".size", _graph.Constant(name + ".width", Shape.Vocabulary)], Attribute("axis", 0));
        _graph.Node("Reshape", name, [name + ".flat", name + ".shape"]);
    }

    private string Scalar(string name, float value) => PortableAttention.Scalar(_graph, name, value);

    // What only the fused operators needed, such as the rows' lengths, leads to no output any more.
    private static void Prune(GraphProto graph)
    {
        var needed = graph.Output.Select(output => output.Name).ToHashSet();
        var kept = new List<NodeProto>();
        foreach (var node in graph.Node.Reverse())
        {
            if (node.Output.Any(needed.Contains))
            {
                kept.Add(node);
                needed.UnionWith(node.Input);
            }
        }

        kept.Reverse();
        graph.Node.Clear();
        graph.Node.Add(kept);
        TensorProto[] initializers = [.. graph.Initializer.Where(tensor => needed.Contains(tensor.Name)).DistinctBy(tensor => tensor.Name)];
        graph.Initializer.Clear();
        graph.Initializer.Add(initializers);
    }
}
