using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>The vectors of tokens, without positions.</summary>
internal static class TokenRows
{
    /// <summary>A table [V, E] and ids [N] give [N, E].</summary>
    public static GraphValue Apply(Tape tape, GraphValue table, GraphValue ids)
    {
        var graph = tape.Graph;
        return tape.Record(graph.GatherRows(table, ids), [table], dx => tape.Contribute(table, sum =>
        {
            var kernel = new RowSumsKernel(dx.Shape[0], dx.Shape[1], table.Shape[0], sum is not null);
            return graph.Node(kernel, sum is null ? [ids, dx] : [sum, ids, dx])[0];
        }));
    }
}
