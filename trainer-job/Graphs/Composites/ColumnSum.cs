using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>The sums of a matrix' columns, the gradient of whatever was added to each of its rows.</summary>
internal static class ColumnSum
{
    /// <summary>x [N, C] gives [C].</summary>
    public static GraphValue Of(Graph graph, GraphValue x) => graph.Operators == GraphOperators.Kernels
        ? graph.Node(new ColumnSumKernel(x.Shape[0], x.Shape[1]), x)[0]
        : graph.Sum(x, 0, keepDimension: false);
}
