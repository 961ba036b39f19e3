namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>y = x · W + b + factor · (x · Aᵀ) · Bᵀ: a linear layer and its low-rank adapter (Hu et al. 2021, https://arxiv.org/abs/2106.09685).</summary>
public static class LoraLinear
{
    /// <summary>x [N, I], weight [I, O], bias [O], a [r, I] and b [O, r] give [N, O].</summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue weight, GraphValue bias, GraphValue a, GraphValue b, float factor)
    {
        var graph = tape.Graph;
        var narrow = graph.Gemm(x, a, transposeB: true);
        var y = graph.Gemm(narrow, b, graph.Gemm(x, weight, bias), transposeB: true, factor: factor);
        return tape.Record(y, [x, weight, bias, a, b], dy =>
        {
            var dNarrow = graph.Gemm(dy, b, factor: factor);
            tape.Contribute(b, sum => graph.Gemm(dy, narrow, sum, transposeA: true, factor: factor));
            tape.Contribute(a, sum => graph.Gemm(dNarrow, x, sum, transposeA: true));
            tape.Contribute(weight, sum => graph.Gemm(x, dy, sum, transposeA: true));
            if (tape.Follows(bias))
            {
                tape.Contribute(bias, ColumnSum.Of(graph, dy));
            }

            tape.Contribute(x, sum => graph.Gemm(dNarrow, a, graph.Gemm(dy, weight, sum, transposeB: true)));
        });
    }
}
