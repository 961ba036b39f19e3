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
        var layout = new AttentionLayout(graph, queriesKeysValues.Shape[0] / length, length, heads, queriesKeysValues.Shape[1] / 3 / heads);
        var factor = 1 / MathF.Sqrt(layout.HeadSize);

        var parts = layout.Split(queriesKeysValues);
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var weights = layout.Softmax(graph.BatchedProduct(q, k, transposeB: true, factor: factor, triangle: Triangle.OfResult), segments);
        var drop = dropout is null ? x => x : dropout.Drop(weights.Shape, site);
        var kept = drop(weights);
        var mixed = graph.BatchedProduct(kept, v, triangle: Triangle.OfLeft);
        return tape.Record(layout.Join(mixed), [queriesKeysValues], dy =>
        {
            var dMixed = layout.Split(dy)[0];
            var dv = graph.BatchedProduct(kept, dMixed, transposeA: true, triangle: Triangle.OfLeftTransposed);
            var dScores = layout.SoftmaxGradient(drop(graph.BatchedProduct(dMixed, v, transposeB: true, triangle: Triangle.OfResult)), weights, dMixed, mixed);
            var dq = graph.BatchedProduct(dScores, k, factor: factor, triangle: Triangle.OfLeft);
            var dk = graph.BatchedProduct(dScores, q, transposeA: true, factor: factor, triangle: Triangle.OfLeftTransposed);
            tape.Contribute(queriesKeysValues, layout.Join(dq, dk, dv));
        });
    }
}
