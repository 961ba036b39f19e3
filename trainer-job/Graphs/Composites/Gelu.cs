using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// GPT-2's GELU, ½x(1 + tanh(√(2/π)(x + 0.044715x³))) (Hendrycks, Gimpel 2016, https://arxiv.org/abs/1606.08415), written as
/// x · σ(2u), which is the same number in fewer operators.
/// </summary>
public static class Gelu
{
    /// <summary>x [N, C] gives [N, C].</summary>
    public static GraphValue Apply(Tape tape, GraphValue x) =>
        tape.Graph.Operators == GraphOperators.Kernels ? ByKernels(tape, x) : Portable(tape, x);

    private static GraphValue ByKernels(Tape tape, GraphValue x)
    {
        var (rows, columns) = (x.Shape[0], x.Shape[1]);
        var y = tape.Graph.Node(new GeluKernel(rows, columns), x)[0];
        return tape.Record(y, [x], dy => tape.Contribute(x, tape.Graph.Node(new GeluGradientKernel(rows, columns), dy, x)[0]));
    }

    private static GraphValue Portable(Tape tape, GraphValue x)
    {
        var graph = tape.Graph;
        var argument = graph.Multiply(x, Parabola(graph, x, GeluKernel.Cubic));
        var gate = graph.Sigmoid(argument);
        var y = graph.Multiply(x, gate);
        return tape.Record(y, [x], dy =>
        {
            // dy/dx = σ + x·σ(1 - σ)·(2u)′. The parabola is made again: cheaper than keeping it through the forward pass.
            var slope = graph.Multiply(graph.Multiply(y, graph.Subtract(graph.Scalar(1), gate)), Parabola(graph, x, 3 * GeluKernel.Cubic));
            tape.Contribute(x, graph.Multiply(dy, graph.Add(gate, slope)));
        });
    }

    private static GraphValue Parabola(Graph graph, GraphValue x, float coefficient) =>
        graph.Add(graph.Multiply(graph.Multiply(x, x), graph.Scalar(coefficient)), graph.Scalar(GeluKernel.Linear));
}
