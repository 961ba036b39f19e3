namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>Takes some rows of a matrix, so that what follows is computed only where it is needed.</summary>
public static class RowSelection
{
    /// <summary>x [N, C] and R distinct row numbers give [R, C].</summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue rows)
    {
        var graph = tape.Graph;
        return tape.Record(graph.GatherRows(x, rows), [x], dy =>
            tape.Contribute(x, graph.ScatterRows(graph.Zeros(x.Shape), rows, dy, add: false)));
    }
}
