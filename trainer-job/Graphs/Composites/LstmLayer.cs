using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// A layer of an LSTM over T steps of R rows, unrolled, since ONNX Runtime's operator keeps nothing for a backward pass. What does not depend
/// on the step before is done for all steps at once: the inputs' product, and on the way back the products for all weights.
/// </summary>
internal static class LstmLayer
{
    /// <summary>
    /// Inputs x [T·R, I], step after step; weights [4H, I] and [4H, H] and biases [4H] in PyTorch's order of gates, i, f, g, o; the state
    /// before [R, H]; and for each step what is kept of the state after it [R].
    /// </summary>
    /// <returns>h of every step [T·R, H], and the state after the last [R, H]. Gradients end at the state before: back-propagation is truncated.</returns>
    public static (GraphValue Hidden, GraphValue LastHidden, GraphValue LastCell) Apply(
        Tape tape, GraphValue x, LstmWeights weights, GraphValue hidden, GraphValue cell, IReadOnlyList<GraphValue> kept)
    {
        var graph = tape.Graph;
        var (steps, rows, width) = (kept.Count, hidden.Shape[0], hidden.Shape[1]);
        var projected = graph.SplitOutermost(graph.Gemm(x, weights.Input, graph.Add(weights.InputBias, weights.HiddenBias), transposeB: true), steps);
        var kernel = new LstmCellKernel(rows, width);
        var done = new List<Step>();
        foreach (var (sums, keep) in projected.Zip(kept))
        {
            var outputs = graph.Node(kernel, graph.Gemm(hidden, weights.Hidden, sums, transposeB: true), cell, keep);
            done.Add(new Step(hidden, cell, keep, outputs[0], outputs[1], outputs[2]));
            (hidden, cell) = (outputs[3], outputs[4]);
        }

        var all = tape.Record(
            graph.JoinOutermost([.. done.Select(step => step.Hidden)]),
            [x, weights.Input, weights.Hidden, weights.InputBias, weights.HiddenBias],
            dy => Backward(tape, x, weights, done, dy));
        return (all, hidden, cell);
    }

    private static void Backward(Tape tape, GraphValue x, LstmWeights weights, List<Step> steps, GraphValue dy)
    {
        var graph = tape.Graph;
        var shape = steps[0].Hidden.Shape;
        var kernel = new LstmCellGradientKernel(shape[0], shape[1]);
        var (perStep, sums) = (graph.SplitOutermost(dy, steps.Count), new GraphValue[steps.Count]);
        var ofHidden = graph.Zeros(shape);
        var ofCell = ofHidden;
        for (var t = steps.Count - 1; t >= 0; t--)
        {
            var step = steps[t];
            var outputs = graph.Node(kernel, step.Gates, step.Bent, step.CellBefore, step.Keep, perStep[t], ofHidden, ofCell);
            (sums[t], ofCell) = (outputs[0], outputs[1]);
            if (t > 0)
            {
                ofHidden = graph.Gemm(sums[t], weights.Hidden);
            }
        }

        var all = graph.JoinOutermost(sums);
        var before = graph.JoinOutermost([.. steps.Select(step => step.HiddenBefore)]);
        var ofBias = ColumnSum.Of(graph, all);
        tape.Contribute(weights.Hidden, sum => graph.Gemm(all, before, sum, transposeA: true));
        tape.Contribute(weights.Input, sum => graph.Gemm(all, x, sum, transposeA: true));
        tape.Contribute(weights.InputBias, ofBias);
        tape.Contribute(weights.HiddenBias, ofBias);
        tape.Contribute(x, sum => graph.Gemm(all, weights.Input, sum));
    }

    private sealed record Step(GraphValue HiddenBefore, GraphValue CellBefore, GraphValue Keep, GraphValue Gates, GraphValue Hidden, GraphValue Bent);
}

/// <summary>The weights of a layer of an LSTM, under PyTorch's names.</summary>
/// <param name="Input"><c>weight_ih</c> [4H, I].</param>
/// <param name="Hidden"><c>weight_hh</c> [4H, H].</param>
/// <param name="InputBias"><c>bias_ih</c> [4H].</param>
/// <param name="HiddenBias"><c>bias_hh</c> [4H].</param>
internal sealed record LstmWeights(GraphValue Input, GraphValue Hidden, GraphValue InputBias, GraphValue HiddenBias);
