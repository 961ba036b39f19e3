using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// Masked multi-head self-attention, softmax(q · kᵀ / √D + mask) · v for each head (Vaswani et al. 2017,
/// https://arxiv.org/abs/1706.03762).
/// </summary>
public static class Attention
{
    /// <summary>
    /// Queries, keys and values side by side [B·T, 3·C] and the segments of the tokens [B·T] give [B·T, C]; C is heads · D, and
    /// <paramref name="length"/> is T. A token sees itself and the earlier tokens of its own segment. Some of the weights may be dropped.
    /// </summary>
    public static GraphValue Apply(Tape tape, GraphValue queriesKeysValues, GraphValue segments, int heads, int length, Dropout? dropout = null, int site = 0)
    {
        var graph = tape.Graph;
        if (graph.Operators == GraphOperators.Kernels && MatrixProduct.IsSupported)
        {
            return ByKernels(tape, queriesKeysValues, segments, heads, length, dropout, site);
        }

        var layout = new AttentionLayout(graph, queriesKeysValues.Shape[0] / length, length, heads, queriesKeysValues.Shape[1] / 3 / heads);
        var factor = 1 / MathF.Sqrt(layout.HeadSize);

        var parts = layout.Split(queriesKeysValues);
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var weights = layout.Softmax(graph.BatchedProduct(q, k, transposeB: true, factor: factor), segments);
        var drop = dropout is null ? x => x : dropout.Drop(weights.Shape, site);
        var kept = drop(weights);
        var mixed = graph.BatchedProduct(kept, v);
        return tape.Record(layout.Join(mixed), [queriesKeysValues], dy =>
        {
            var dMixed = layout.Split(dy)[0];
            var dv = graph.BatchedProduct(kept, dMixed, transposeA: true);
            var dScores = layout.SoftmaxGradient(drop(graph.BatchedProduct(dMixed, v, transposeB: true)), weights, dMixed, mixed);
            var dq = graph.BatchedProduct(dScores, k, factor: factor);
            var dk = graph.BatchedProduct(dScores, q, transposeA: true, factor: factor);
            tape.Contribute(queriesKeysValues, layout.Join(dq, dk, dv));
        });
    }

    private static GraphValue ByKernels(Tape tape, GraphValue queriesKeysValues, GraphValue segments, int heads, int length, Dropout? dropout, int site)
    {
        var (batch, headSize) = (queriesKeysValues.Shape[0] / length, queriesKeysValues.Shape[1] / 3 / heads);
        var kernel = new AttentionKernel(new AttentionSizes(batch, heads, length, headSize), site, dropout?.Rate ?? 0);
        GraphValue[] drop = [];
        if (kernel.Rate > 0)
        {
            var (keys, rows) = dropout!.Inputs();
            drop = [keys, rows];
        }

        var outputs = tape.Graph.Node(kernel, [queriesKeysValues, segments, .. drop]);
        return tape.Record(outputs[0], [queriesKeysValues], dy => tape.Contribute(
            queriesKeysValues, tape.Graph.Node(new AttentionGradientKernel(kernel), [dy, queriesKeysValues, outputs[1], .. drop])[0]));
    }
}
