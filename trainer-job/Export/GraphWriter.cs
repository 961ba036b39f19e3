using Google.Protobuf;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Export;

/// <summary>Collects the nodes of one ONNX graph. Every node is named for its first output.</summary>
internal sealed class GraphWriter
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    /// <summary>The graph so far.</summary>
    public GraphProto Graph { get; } = new() { Name = "decoder" };

    /// <summary>Adds a node with one output of its own name.</summary>
    public string Node(string operation, string output, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Node("", operation, [output], inputs, attributes);

    /// <summary>The same for an operator of ONNX Runtime.</summary>
    public string Fused(string operation, string output, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Node(MicrosoftDomain, operation, [output], inputs, attributes);

    /// <summary>Adds a node; empty names stand for optional inputs and outputs that are left out.</summary>
    public string Node(string domain, string operation, ReadOnlySpan<string> outputs, ReadOnlySpan<string> inputs, ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Domain = domain, OpType = operation, Name = outputs[0] + "/" + operation };
        foreach (var input in inputs)
        {
            node.Input.Add(input);
        }

        foreach (var output in outputs)
        {
            node.Output.Add(output);
        }

        foreach (var attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        Graph.Node.Add(node);
        return outputs[0];
    }

    /// <summary>Adds an initializer and gives its name.</summary>
    public string Initializer(TensorProto tensor)
    {
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A small constant of whole numbers; no shape makes a vector.</summary>
    public string Constant(string name, params ReadOnlySpan<long> values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
        return Initializer(tensor);
    }

    /// <summary>Declares an input; a dimension is a number or a name.</summary>
    public string Input(string name, TensorProto.Types.DataType type, params ReadOnlySpan<string> shape)
    {
        Graph.Input.Add(Value(name, type, shape));
        return name;
    }

    /// <summary>Declares an output.</summary>
    public void Output(string name, TensorProto.Types.DataType type, params ReadOnlySpan<string> shape) => Graph.Output.Add(Value(name, type, shape));

    /// <summary>A whole-number attribute.</summary>
    public static AttributeProto Attribute(string name, long value) => new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    /// <summary>A real attribute.</summary>
    public static AttributeProto Attribute(string name, float value) => new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, ReadOnlySpan<string> shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        foreach (var dimension in shape)
        {
            tensor.Shape.Dim.Add(long.TryParse(dimension, out var size)
                ? new TensorShapeProto.Types.Dimension { DimValue = size }
                : new TensorShapeProto.Types.Dimension { DimParam = dimension });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
