using System.Runtime.InteropServices;
using Google.Protobuf;
using Pipeline.Generation;
using Pipeline.TrainerJob.Onnx;
using static Pipeline.TrainerJob.Export.GraphWriter;
using DataType = Pipeline.TrainerJob.Onnx.TensorProto.Types.DataType;

namespace Pipeline.TrainerJob.Export;

/// <summary>Masked causal attention over a growing cache, in standard operators: softmax(q·kᵀ/√D + mask)·v.</summary>
/// <param name="shape">The model.</param>
/// <param name="headSize">Head size of the projections, at least the model's; the cache has the model's.</param>
internal sealed class PortableAttention(ModelShape shape, int headSize)
{
    private const string Bias = "attention_bias";

    private bool Padded => headSize != shape.HeadSize;

    /// <summary>A real constant without dimensions.</summary>
    public static string Scalar(GraphWriter graph, string name, float value) => graph.Initializer(new TensorProto
    {
        Name = name,
        DataType = (int)DataType.Float,
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>([value])),
    });

    /// <summary>
    /// Writes what all layers share: [batch, 1, new, total] with 0 where a new position sees an earlier one or itself, else the lowest
    /// number. Not infinity: a row of padding sees nothing, and must come out as some number.
    /// </summary>
    public void Prepare(GraphWriter graph)
    {
        Scalar(graph, "attention_scale", 1 / MathF.Sqrt(shape.HeadSize));
        var zero = Number(graph, "range_start", 0);
        var one = Number(graph, "range_step", 1);
        var axis = graph.Constant("axis_0", 0);
        graph.Node("Shape", "new_shape", ["input_ids"], Attribute("start", 1));
        graph.Node("Shape", "total_shape", ["attention_mask"], Attribute("start", 1));
        graph.Node("Squeeze", "new_count", ["new_shape", axis]);
        graph.Node("Squeeze", "total_count", ["total_shape", axis]);
        graph.Node("Sub", "past_count", ["total_count", "new_count"]);
        graph.Node("Range", "row_positions", ["past_count", "total_count", one]);
        graph.Node("Unsqueeze", "rows", ["row_positions", graph.Constant("axis_1", 1)]);
        graph.Node("Range", "columns", [zero, "total_count", one]);
        graph.Node("LessOrEqual", "causal", ["columns", "rows"]);
        graph.Node("Cast", "mask_bool", ["attention_mask"], Attribute("to", (int)DataType.Bool));
        graph.Node("Unsqueeze", "mask_rows", ["mask_bool", graph.Constant("axes_1_2", 1, 2)]);
        graph.Node("And", "visible", ["mask_rows", "causal"]);
        graph.Node("Where", Bias, ["visible", Scalar(graph, "visible_bias", 0), Scalar(graph, "hidden_bias", float.MinValue)]);
    }

    /// <summary>Writes one layer in place of a <c>GroupQueryAttention</c> node on packed queries, keys and values.</summary>
    /// <param name="graph">Takes the nodes.</param>
    /// <param name="node">The fused node.</param>
    /// <param name="inputs">Its inputs: packed projections first, cache fourth and fifth.</param>
    public void Write(GraphWriter graph, NodeProto node, string[] inputs)
    {
        var (name, key, value) = (node.Output[0], node.Output[1], node.Output[2]);
        graph.Node("", "Split", [name + ".q", name + ".k", name + ".v"], [inputs[0]], [Attribute("axis", 2)]);
        graph.Node("Concat", key, [inputs[3], Heads(graph, name + ".k")], Attribute("axis", 2));
        graph.Node("Concat", value, [inputs[4], Heads(graph, name + ".v")], Attribute("axis", 2));
        graph.Node("Mul", name + ".query", [Heads(graph, name + ".q"), "attention_scale"]);
        graph.Node("Transpose", name + ".keys", [key], Permutation(0, 1, 3, 2));
        graph.Node("MatMul", name + ".scores", [name + ".query", name + ".keys"]);
        graph.Node("Add", name + ".masked", [name + ".scores", Bias]);
        graph.Node("Softmax", name + ".weights", [name + ".masked"], Attribute("axis", -1));
        graph.Node("MatMul", name + ".mixed", [name + ".weights", value]);
        var heads = graph.Node("Transpose", name + ".heads", [name + ".mixed"], Permutation(0, 2, 1, 3));
        if (Padded)
        {
            heads = graph.Node("Pad", name + ".padded", [heads, graph.Constant("head_padding", 0, 0, 0, 0, 0, 0, 0, headSize - shape.HeadSize)]);
        }

        graph.Node("Reshape", name, [heads, graph.Constant("joined_heads", 0, 0, (long)shape.Heads * headSize)]);
    }

    private string Heads(GraphWriter graph, string name)
    {
        var split = graph.Node("Reshape", name + ".split", [name, graph.Constant("split_heads", 0, 0, shape.Heads, headSize)]);
        if (Padded)
        {
            split = graph.Node("Slice", name + ".true", [split, graph.Constant("head_start", 0), graph.Constant("head_end", shape.HeadSize), graph.Constant("head_axis", 3)]);
        }

        return graph.Node("Transpose", name + ".heads", [split], Permutation(0, 2, 1, 3));
    }

    private static string Number(GraphWriter graph, string name, long value) => graph.Initializer(new TensorProto
    {
        Name = name,
        DataType = (int)DataType.Int64,
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>([value])),
    });

    private static AttributeProto Permutation(params ReadOnlySpan<long> axes)
    {
        var attribute = new AttributeProto { Name = "perm", Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var axis in axes)
        {
            attribute.Ints.Add(axis);
        }

        return attribute;
    }
}
