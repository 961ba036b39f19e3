using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// y = (x - mean) / √(variance + ε) · w + b over the innermost dimension, with the biased variance (Ba, Kiros, Hinton 2016,
/// https://arxiv.org/abs/1607.06450). The backward pass starts from the row statistics that the forward operator leaves.
/// </summary>
public static class LayerNorm
{
    /// <summary>x [N, C], weight [C], bias [C] give [N, C].</summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue weight, GraphValue bias, float epsilon) =>
        tape.Graph.Operators == GraphOperators.Kernels
            ? ByKernels(tape, x, weight, bias, epsilon)
            : Portable(tape, x, weight, bias, epsilon);

    private static GraphValue ByKernels(Tape tape, GraphValue x, GraphValue weight, GraphValue bias, float epsilon)
    {
        var graph = tape.Graph;
        var (rows, columns) = (x.Shape[0], x.Shape[1]);
        var outputs = graph.Node(new LayerNormKernel(rows, columns, epsilon), x, weight, bias);
        return tape.Record(outputs[0], [x, weight, bias], dy =>
        {
            GraphValue[] soFar = tape.Sum(x) is { } sum ? [sum] : [];
            var kernel = new LayerNormGradientKernel(rows, columns, soFar.Length > 0);
            var gradients = graph.Node(kernel, [dy, .. soFar, x, outputs[1], outputs[2], weight]);
            tape.Contribute(x, _ => gradients[0]);
            tape.Contribute(weight, gradients[1]);
            tape.Contribute(bias, gradients[2]);
        });
    }

    private static GraphValue Portable(Tape tape, GraphValue x, GraphValue weight, GraphValue bias, float epsilon)
    {
        var graph = tape.Graph;
        var (y, mean, reciprocal) = graph.LayerNormalization(x, weight, bias, epsilon);
        return tape.Record(y, [x, weight, bias], dy =>
        {
            var normalized = graph.Multiply(graph.Subtract(x, mean), reciprocal);
            tape.Contribute(bias, ColumnSum.Of(graph, dy));
            tape.Contribute(weight, ColumnSum.Of(graph, graph.Multiply(dy, normalized)));
            if (tape.Follows(x))
            {
                // dx = (g - mean(g) - x̂ · mean(g · x̂)) / deviation, with g = dy · w.
                var g = graph.Multiply(dy, weight);
                var centred = graph.Subtract(g, graph.Mean(g, 1));
                var along = graph.Multiply(normalized, graph.Mean(graph.Multiply(g, normalized), 1));
                tape.Contribute(x, graph.Multiply(graph.Subtract(centred, along), reciprocal));
            }
        });
    }
}
