namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// Masked multi-head self-attention, softmax(q · kᵀ / √D + mask) · v for each head (Vaswani et al. 2017,
/// https://arxiv.org/abs/1706.03762).
/// </summary>
public static class Attention
{
    /// <summary>
    /// What is added to the scores before the softmax: 0 where a token may look, a large negative number where it may not. A token sees
    /// itself and earlier tokens of its own segment. Segments [B·T] give [B, 1, T, T].
    /// </summary>
    public static GraphValue Mask(Graph graph, GraphValue segments, int rows, int length)
    {
        // Far below any score, yet finite: softmax turns it into exactly 0.
        const float Hidden = -1e9f;
        var causal = new float[length * length];
        for (var i = 0; i < length; i++)
        {
            causal.AsSpan((i * length) + i + 1, length - i - 1).Fill(Hidden);
        }

        var same = graph.Equal(graph.Reshape(segments, [rows, 1, length, 1]), graph.Reshape(segments, [rows, 1, 1, length]));
        return graph.Where(same, graph.Constant($"causal_{length}", [1, 1, length, length], causal), graph.Scalar(Hidden));
    }

    /// <summary>Queries, keys and values side by side [B·T, 3·C] and the mask [B, 1, T, T] give [B·T, C]; C is heads · D.</summary>
    public static GraphValue Apply(Tape tape, GraphValue queriesKeysValues, GraphValue mask, int heads)
    {
        var graph = tape.Graph;
        var (B, T) = (mask.Shape[0], mask.Shape[-1]);
        var C = queriesKeysValues.Shape[1] / 3;
        var D = C / heads;
        var factor = 1 / MathF.Sqrt(D);

        var parts = graph.SplitOutermost(graph.Transpose(graph.Reshape(queriesKeysValues, [B, T, 3, heads, D]), 2, 0, 3, 1, 4), 3);
        var (q, k, v) = (Heads(parts[0]), Heads(parts[1]), Heads(parts[2]));
        var scores = graph.Add(graph.BatchedProduct(q, k, transposeB: true, factor: factor), mask);
        var weights = graph.Softmax(scores);
        var mixed = graph.BatchedProduct(weights, v);
        var y = graph.Reshape(graph.Transpose(mixed, 0, 2, 1, 3), [B * T, C]);
        return tape.Record(y, [queriesKeysValues], dy =>
        {
            var dMixed = graph.Transpose(graph.Reshape(dy, [B, T, heads, D]), 0, 2, 1, 3);
            var dv = graph.BatchedProduct(weights, dMixed, transposeA: true);

            // The row sums of dP·P equal those of dO·O, which are T/D times shorter.
            var rowSums = graph.Sum(graph.Multiply(dMixed, mixed), 3, keepDimension: true);
            var dWeights = graph.BatchedProduct(dMixed, v, transposeB: true);
            var dScores = graph.Multiply(weights, graph.Subtract(dWeights, rowSums));
            var dq = graph.BatchedProduct(dScores, k, factor: factor);
            var dk = graph.BatchedProduct(dScores, q, transposeA: true, factor: factor);
            var joined = graph.JoinOutermost(Part(dq), Part(dk), Part(dv));
            tape.Contribute(queriesKeysValues, graph.Reshape(graph.Transpose(joined, 1, 3, 0, 2, 4), [B * T, 3 * C]));
        });

        GraphValue Heads(GraphValue part) => graph.Reshape(part, [B, heads, T, D]);

        GraphValue Part(GraphValue gradient) => graph.Reshape(gradient, [1, B, heads, T, D]);
    }
}
