namespace Pipeline.TrainerJob.Graphs;

/// <summary>Foretells how much memory a graph's intermediate values take while it runs.</summary>
internal static class GraphMemory
{
    // These write over their first operand when nothing else needs it.
    private static readonly HashSet<string> InPlaceOperators = ["Add", "Sub", "Mul", "Sigmoid", "Softmax", "Where", "Log"];

    /// <summary>
    /// The most bytes that are alive at once when the operators run one after the other, each value living from the operator that makes it
    /// to the last that reads it, with what kernels keep for themselves. Inputs, constants and outputs are the caller's and do not count.
    /// </summary>
    public static long Peak(Graph graph)
    {
        var nodes = OnnxEmitter.Needed(graph);
        var outputs = graph.Outputs.Select(output => output.Value).ToHashSet();
        var root = new Dictionary<GraphValue, GraphValue>();
        var lastUse = new Dictionary<GraphValue, int>();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i] is { Operator: "Reshape", Inputs: [var reshaped, ..], Outputs: [var view] } && !outputs.Contains(view))
            {
                root[view] = Root(reshaped);
            }

            foreach (var input in nodes[i].Inputs)
            {
                lastUse[Root(input)] = i;
            }
        }

        var (live, peak) = (0L, 0L);
        var owned = new HashSet<GraphValue>();
        for (var i = 0; i < nodes.Count; i++)
        {
            var made = nodes[i].Outputs.Where(output => !outputs.Contains(output) && !root.ContainsKey(output)).ToList();
            if (made.Count > 0 && Overwritten(nodes[i]) is { } input && owned.Contains(input) && lastUse[input] == i && Bytes(input) == Bytes(made[0]))
            {
                owned.Remove(input);
                live -= Bytes(input);
            }

            live += made.Sum(Bytes);
            owned.UnionWith(made);
            peak = Math.Max(peak, live);
            foreach (var dead in nodes[i].Inputs.Select(Root).Concat(made).Distinct().Where(value => owned.Contains(value) && lastUse.GetValueOrDefault(value, i) <= i).ToList())
            {
                owned.Remove(dead);
                live -= Bytes(dead);
            }
        }

        return peak + nodes.Select(node => node.Kernel?.ScratchBytes ?? 0).DefaultIfEmpty().Max();

        GraphValue Root(GraphValue value) => root.GetValueOrDefault(value, value);

        GraphValue? Overwritten(GraphNode node) => node.Kernel is { } kernel
            ? kernel.InPlaceInput is { } index ? Root(node.Inputs[index]) : null
            : InPlaceOperators.Contains(node.Operator) ? Root(node.Inputs[node.Operator == "Where" ? 1 : 0]) : null;
    }

    /// <summary>The same with inputs and outputs.</summary>
    public static long Whole(Graph graph) => Peak(graph) + graph.Inputs.Sum(Bytes) + graph.Outputs.Sum(output => Bytes(output.Value));

    private static long Bytes(GraphValue value) => value.Shape.Elements * value.Type switch
    {
        ElementType.Index => sizeof(long),
        ElementType.Truth => sizeof(bool),
        ElementType.Half or ElementType.BFloat16 => sizeof(short),
        _ => sizeof(float),
    };
}
