using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>The sum of a token's and a position's vector.</summary>
public static class Embedding
{
    /// <summary>Tables [V, C] and [P, C], ids and positions [N] give [N, C].</summary>
    public static GraphValue Apply(Tape tape, GraphValue tokens, GraphValue positions, GraphValue ids, GraphValue positionIds)
    {
        var graph = tape.Graph;
        return tape.Record(Forward(graph, tokens, positions, ids, positionIds), [tokens, positions], dx =>
        {
            tape.Contribute(tokens, sum => AddRows(graph, tokens.Shape, sum, ids, dx));
            tape.Contribute(positions, sum => AddRows(graph, positions.Shape, sum, positionIds, dx));
        });
    }

    /// <summary>The sum without a backward pass.</summary>
    public static GraphValue Forward(Graph graph, GraphValue tokens, GraphValue positions, GraphValue ids, GraphValue positionIds) =>
        graph.Add(graph.GatherRows(tokens, ids), graph.GatherRows(positions, positionIds));

    private static GraphValue AddRows(Graph graph, Shape table, GraphValue? sum, GraphValue ids, GraphValue rows)
    {
        if (graph.Operators == GraphOperators.Portable)
        {
            return graph.ScatterRows(sum ?? graph.Zeros(table), ids, rows, add: true);
        }

        var kernel = new RowSumsKernel(rows.Shape[0], rows.Shape[1], table[0], sum is not null);
        return graph.Node(kernel, sum is null ? [ids, rows] : [sum, ids, rows])[0];
    }
}
