namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>y = max(0, x).</summary>
public static class Relu
{
    /// <summary>x gives a value of its shape.</summary>
    public static GraphValue Apply(Tape tape, GraphValue x)
    {
        var graph = tape.Graph;
        var y = graph.Relu(x);
        // The sign of what came out is 1 where x went through and 0 elsewhere.
        return tape.Record(y, [x], dy => tape.Contribute(x, graph.Multiply(dy, graph.Sign(y))));
    }
}
