using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Graphs;

/// <summary>One operator of a graph.</summary>
/// <param name="Domain">Empty for the standard operators.</param>
/// <param name="Operator">The operator's type, as ONNX spells it.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Attributes">Its fixed settings.</param>
internal sealed record GraphNode(string Domain, string Operator, IReadOnlyList<GraphValue> Inputs, IReadOnlyList<AttributeProto> Attributes)
{
    /// <summary>The kernel that runs it, if it is none of ONNX Runtime's operators.</summary>
    public Kernel? Kernel { get; init; }

    /// <summary>What it yields, set once by the graph that creates the node.</summary>
    public IReadOnlyList<GraphValue> Outputs { get; set; } = [];
}
