using System.Globalization;
using Google.Protobuf;
using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Graphs;

/// <summary>Writes a graph as the protobuf messages of the ONNX format.</summary>
internal static class OnnxEmitter
{
    private const int IrVersion = 9;
    private const int StandardOpset = 18;

    public static ModelProto Emit(Graph graph)
    {
        var nodes = Needed(graph);
        var names = Name(graph, nodes);
        var outputs = graph.Outputs.Select(output => output.Value).ToHashSet();
        var used = nodes.SelectMany(node => node.Inputs).ToHashSet();
        var proto = new GraphProto { Name = "pipeline" };
        proto.Input.Add(graph.Inputs.Select(input => Describe(input.Name!, input)));
        proto.Initializer.Add(graph.Constants.Where(constant => used.Contains(constant.Value)).Select(Describe));
        proto.Node.Add(nodes.Select((node, index) => Describe(node, index, names)));
        proto.ValueInfo.Add(nodes.SelectMany(node => node.Outputs).Where(value => !outputs.Contains(value)).Select(value => Describe(names[value], value)));
        foreach (var (name, value) in graph.Outputs)
        {
            if (names[value] != name)
            {
                proto.Node.Add(new NodeProto { OpType = "Identity", Name = $"Identity_{name}", Input = { names[value] }, Output = { name } });
            }

            proto.Output.Add(Describe(name, value));
        }

        return new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "Pipeline",
            Graph = proto,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = StandardOpset },
                new OperatorSetIdProto { Domain = Graph.MicrosoftDomain, Version = 1 },
                new OperatorSetIdProto { Domain = KernelDomain.Name, Version = 1 },
            },
        };
    }

    /// <summary>The operators that an output needs, in the order they were made: each after those it reads from.</summary>
    public static List<GraphNode> Needed(Graph graph)
    {
        var values = graph.Outputs.Select(output => output.Value).ToHashSet();
        var nodes = new List<GraphNode>();
        foreach (var node in graph.Nodes.Reverse().Where(node => node.Outputs.Any(values.Contains)))
        {
            nodes.Add(node);
            values.UnionWith(node.Inputs);
        }

        nodes.Reverse();
        return nodes;
    }

    /// <summary>An output is named where it is made, so that it is written straight into the caller's memory.</summary>
    private static Dictionary<GraphValue, string> Name(Graph graph, List<GraphNode> nodes)
    {
        var names = new Dictionary<GraphValue, string>();
        foreach (var named in graph.Inputs.Concat(graph.Constants.Select(constant => constant.Value)))
        {
            names[named] = named.Name!;
        }

        foreach (var (name, value) in graph.Outputs)
        {
            names.TryAdd(value, name);
        }

        for (var i = 0; i < nodes.Count; i++)
        {
            for (var k = 0; k < nodes[i].Outputs.Count; k++)
            {
                names.TryAdd(nodes[i].Outputs[k], string.Create(CultureInfo.InvariantCulture, $"{nodes[i].Operator}_{i}_{k}"));
            }
        }

        return names;
    }

    private static NodeProto Describe(GraphNode node, int index, Dictionary<GraphValue, string> names) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{node.Operator}_{index}"),
        OpType = node.Operator,
        Domain = node.Domain,
        Input = { node.Inputs.Select(input => names[input]) },
        Output = { node.Outputs.Select(output => names[output]) },
        Attribute = { node.Attributes },
    };

    private static TensorProto Describe(GraphConstant constant) => new()
    {
        Name = constant.Value.Name,
        DataType = (int)constant.Value.Type,
        Dims = { constant.Value.Shape.ToInt64() },
        RawData = ByteString.CopyFrom(constant.Bytes),
    };

    private static ValueInfoProto Describe(string name, GraphValue value) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)value.Type,
                Shape = new TensorShapeProto
                {
                    Dim = { value.Shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }) },
                },
            },
        },
    };
}
