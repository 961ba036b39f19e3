namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>The sum of a token's and a position's vector.</summary>
public static class Embedding
{
    /// <summary>Tables [V, C] and [P, C], ids and positions [N] give [N, C].</summary>
    public static GraphValue Apply(Tape tape, GraphValue tokens, GraphValue positions, GraphValue ids, GraphValue positionIds)
    {
        var graph = tape.Graph;
        var x = graph.Add(graph.GatherRows(tokens, ids), graph.GatherRows(positions, positionIds));
        return tape.Record(x, [tokens, positions], dx =>
        {
            tape.Contribute(tokens, sum => graph.ScatterRows(sum ?? graph.Zeros(tokens.Shape), ids, dx, add: true));
            tape.Contribute(positions, sum => graph.ScatterRows(sum ?? graph.Zeros(positions.Shape), positionIds, dx, add: true));
        });
    }
}
