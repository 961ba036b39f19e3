using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Graphs;

/// <summary>
/// A computation over tensors of fixed shapes. Each operator checks its operands and knows the shape of what it yields, so a
/// graph that could be built runs. Emitted as an ONNX model of opset 18, the newest for which every operator used here has a
/// CUDA kernel of exactly its version.
/// </summary>
/// <param name="operators">Which operators composites are built of.</param>
/// <param name="products">
/// What products of matrices are computed in: their operands are cast to it, and their results back to float32, in which all else is done:
/// sums, statistics, softmax, loss and the weights themselves.
/// </param>
public sealed partial class Graph(GraphOperators operators = GraphOperators.Kernels, ElementType products = ElementType.Number)
{
    private readonly List<GraphNode> _nodes = [];
    private readonly List<GraphValue> _inputs = [];
    private readonly List<(string Name, GraphValue Value)> _outputs = [];
    private readonly Dictionary<string, GraphConstant> _constants = [];
    private readonly Dictionary<Kernel, string> _kernels = [];
    private readonly Dictionary<GraphValue, GraphValue> _casts = [];

    /// <summary>Which operators composites are built of.</summary>
    public GraphOperators Operators { get; } = operators;

    internal IReadOnlyList<GraphNode> Nodes => _nodes;

    internal IReadOnlyList<GraphValue> Inputs => _inputs;

    internal IReadOnlyList<(string Name, GraphValue Value)> Outputs => _outputs;

    internal IReadOnlyCollection<GraphConstant> Constants => _constants.Values;

    /// <summary>Declares a tensor that is given at each run.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public GraphValue Input(string name, ElementType type, Shape shape)
    {
        if (_inputs.Any(input => input.Name == name))
        {
            throw new ArgumentException($"The graph has an input {name} already.", nameof(name));
        }

        var value = new GraphValue(type, shape, name);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Declares what a run gives back.</summary>
    public void Output(string name, GraphValue value) => _outputs.Add((name, value));

    /// <summary>A fixed number.</summary>
    public GraphValue Scalar(float value) =>
        Constant("scalar_" + BitConverter.SingleToUInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture), Shape.Scalar, [value]);

    /// <summary>A fixed tensor; a second one of the same name must be the same and is not stored again.</summary>
    public GraphValue Constant(string name, Shape shape, ReadOnlySpan<float> values) =>
        Constant(name, ElementType.Number, shape, MemoryMarshal.AsBytes(values));

    /// <summary>A fixed list of indices, such as the axes of an operator.</summary>
    public GraphValue Indices(params ReadOnlySpan<long> values) =>
        Constant("indices_" + string.Join('_', values.ToArray()), ElementType.Index, [values.Length], MemoryMarshal.AsBytes(values));

    /// <summary>The graph as an ONNX model, without operators that no output needs.</summary>
    public ModelProto ToModel() => OnnxEmitter.Emit(this);

    internal GraphValue Node(string name, ReadOnlySpan<GraphValue> inputs, Shape shape, params ReadOnlySpan<AttributeProto> attributes) =>
        Node("", name, inputs, [(ElementType.Number, shape)], attributes)[0];

    internal IReadOnlyList<GraphValue> Node(
        string domain,
        string name,
        ReadOnlySpan<GraphValue> inputs,
        ReadOnlySpan<(ElementType Type, Shape Shape)> outputs,
        params ReadOnlySpan<AttributeProto> attributes)
    {
        return Add(new GraphNode(domain, name, inputs.ToArray(), attributes.ToArray()), outputs);
    }

    /// <summary>Adds a kernel; equal ones are one operator of the model.</summary>
    internal IReadOnlyList<GraphValue> Node(Kernel kernel, params ReadOnlySpan<GraphValue> inputs)
    {
        if (!_kernels.TryGetValue(kernel, out var name))
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{kernel.GetType().Name}_{_kernels.Count}");
            _kernels.Add(kernel, name);
        }

        return Add(
            new GraphNode(KernelDomain.Name, name, inputs.ToArray(), []) { Kernel = kernel },
            [.. kernel.Outputs.Select(shape => (ElementType.Number, shape))]);
    }

    private IReadOnlyList<GraphValue> Add(GraphNode node, ReadOnlySpan<(ElementType Type, Shape Shape)> outputs)
    {
        var values = new GraphValue[outputs.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = new GraphValue(outputs[i].Type, outputs[i].Shape) { Producer = node };
        }

        _nodes.Add(node);
        return node.Outputs = values;
    }

    private GraphValue Constant(string name, ElementType type, Shape shape, ReadOnlySpan<byte> bytes)
    {
        if (!_constants.TryGetValue(name, out var constant))
        {
            constant = new GraphConstant(new GraphValue(type, shape, name), bytes.ToArray());
            _constants.Add(name, constant);
        }

        return constant.Value;
    }
}
