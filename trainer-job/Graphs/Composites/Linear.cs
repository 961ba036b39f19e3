namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>y = x · W + b, with the weight stored [in, out] as GPT-2's checkpoints have it.</summary>
public static class Linear
{
    /// <summary>x [N, I], weight [I, O], bias [O] give [N, O].</summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue weight, GraphValue bias)
    {
        var graph = tape.Graph;
        var y = graph.Gemm(x, weight, bias);
        return tape.Record(y, [x, weight, bias], dy =>
        {
            tape.Contribute(weight, sum => graph.Gemm(x, dy, sum, transposeA: true));
            if (tape.Follows(bias))
            {
                tape.Contribute(bias, ColumnSum.Of(graph, dy));
            }

            tape.Contribute(x, sum => graph.Gemm(dy, weight, sum, transposeB: true));
        });
    }
}
