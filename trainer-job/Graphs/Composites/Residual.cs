namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>y = x + branch, the residual stream's joint.</summary>
public static class Residual
{
    /// <summary>Two values of one shape give their sum.</summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue branch) =>
        tape.Record(tape.Graph.Add(x, branch), [x, branch], dy =>
        {
            tape.Contribute(x, dy);
            tape.Contribute(branch, dy);
        });
}
