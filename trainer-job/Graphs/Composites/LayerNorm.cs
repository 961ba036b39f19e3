namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// y = (x - mean) / √(variance + ε) · w + b over the innermost dimension, with the biased variance (Ba, Kiros, Hinton 2016,
/// https://arxiv.org/abs/1607.06450). The backward pass starts from the row statistics that the forward operator leaves.
/// </summary>
public static class LayerNorm
{
    /// <summary>x [N, C], weight [C], bias [C] give [N, C].</summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue weight, GraphValue bias, float epsilon)
    {
        var graph = tape.Graph;
        var (y, mean, reciprocal) = graph.LayerNormalization(x, weight, bias, epsilon);
        return tape.Record(y, [x, weight, bias], dy =>
        {
            var normalized = graph.Multiply(graph.Subtract(x, mean), reciprocal);
            tape.Contribute(bias, graph.Sum(dy, 0, keepDimension: false));
            tape.Contribute(weight, graph.Sum(graph.Multiply(dy, normalized), 0, keepDimension: false));
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
