namespace Pipeline.TrainerJob.Graphs;

/// <summary>What a graph's tensors hold; the numbers are those of ONNX's <c>TensorProto.DataType</c>.</summary>
public enum ElementType
{
    /// <summary>float32.</summary>
    Number = 1,

    /// <summary>int64: token ids, positions, segments and every other index.</summary>
    Index = 7,

    /// <summary>bool: masks.</summary>
    Truth = 9,

    /// <summary>float16: products of matrices on a GPU.</summary>
    Half = 10,

    /// <summary>bfloat16: the same with float32's range.</summary>
    BFloat16 = 16,
}
