using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>What attention does besides products of matrices, in kernels or in portable operators.</summary>
internal sealed class AttentionLayout(Graph graph, int batch, int length, int heads, int headSize)
{
    // Far below any score, yet finite: softmax turns it into exactly 0.
    private const float Hidden = -1e9f;

    /// <summary>D.</summary>
    public int HeadSize { get; } = headSize;

    private bool UsesKernels => graph.Operators == GraphOperators.Kernels;

    /// <summary>Rows [B·T, P·C] give P stacks of matrices [B, H, T, D].</summary>
    public IReadOnlyList<GraphValue> Split(GraphValue rows)
    {
        var parts = rows.Shape[1] / (heads * HeadSize);
        if (UsesKernels)
        {
            return graph.Node(new SplitHeadsKernel(batch, length, parts, heads, HeadSize), rows);
        }

        var stacks = graph.Transpose(graph.Reshape(rows, [batch, length, parts, heads, HeadSize]), 2, 0, 3, 1, 4);
        return [.. graph.SplitOutermost(stacks, parts).Select(part => graph.Reshape(part, [batch, heads, length, HeadSize]))];
    }

    /// <summary>P stacks of matrices [B, H, T, D] give rows [B·T, P·C].</summary>
    public GraphValue Join(params IReadOnlyList<GraphValue> parts)
    {
        if (UsesKernels)
        {
            return graph.Node(new JoinHeadsKernel(new SplitHeadsKernel(batch, length, parts.Count, heads, HeadSize)), [.. parts])[0];
        }

        var joined = graph.JoinOutermost([.. parts.Select(part => graph.Reshape(part, [1, batch, heads, length, HeadSize]))]);
        return graph.Reshape(graph.Transpose(joined, 1, 3, 0, 2, 4), [batch * length, parts.Count * heads * HeadSize]);
    }

    /// <summary>Scores [B, H, T, T] give the weights of what each token may see.</summary>
    public GraphValue Softmax(GraphValue scores, GraphValue segments) => UsesKernels
        ? graph.Node(new SegmentSoftmaxKernel(batch, heads, length), scores, segments)[0]
        : graph.Softmax(graph.Add(scores, Mask(segments)));

    /// <summary>dP [B, H, T, T] gives the gradient of the scores, P · (dP - Σ dP·P) in each row.</summary>
    public GraphValue SoftmaxGradient(GraphValue dWeights, GraphValue weights, GraphValue dMixed, GraphValue mixed)
    {
        if (UsesKernels)
        {
            return graph.Node(new SegmentSoftmaxGradientKernel(batch, heads, length), dWeights, weights)[0];
        }

        // The row sums of dP·P equal those of dO·O, which are T/D times shorter.
        var sums = graph.Sum(graph.Multiply(dMixed, mixed), 3, keepDimension: true);
        return graph.Multiply(weights, graph.Subtract(dWeights, sums));
    }

    /// <summary>What is added to the scores: 0 where a token may look, a large negative number where it may not [B, 1, T, T].</summary>
    private GraphValue Mask(GraphValue segments)
    {
        var causal = new float[length * length];
        for (var i = 0; i < length; i++)
        {
            causal.AsSpan((i * length) + i + 1, length - i - 1).Fill(Hidden);
        }

        var same = graph.Equal(graph.Reshape(segments, [batch, 1, length, 1]), graph.Reshape(segments, [batch, 1, 1, length]));
        return graph.Where(same, graph.Constant($"causal_{length}", [1, 1, length, length], causal), graph.Scalar(Hidden));
    }
}
