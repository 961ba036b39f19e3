namespace Pipeline.TrainerJob.Graphs;

public sealed partial class Graph
{
    /// <summary>The same elements in another shape.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public GraphValue Reshape(GraphValue a, Shape shape)
    {
        if (a.Shape.Elements != shape.Elements)
        {
            throw new ArgumentException($"Cannot reshape {a} to {shape}.", nameof(shape));
        }

        return a.Shape.Equals(shape) ? a : Node("", "Reshape", [a, Indices(shape.ToInt64())], [(a.Type, shape)])[0];
    }

    /// <summary>The dimensions in another order.</summary>
    public GraphValue Transpose(GraphValue a, params ReadOnlySpan<int> order)
    {
        int[] permutation = [.. order];
        return Node("Transpose", [a], [.. permutation.Select(i => a.Shape[i])], NodeAttribute.Of("perm", permutation));
    }

    /// <summary>Equal parts along the outermost dimension.</summary>
    public IReadOnlyList<GraphValue> SplitOutermost(GraphValue a, int parts)
    {
        var part = (ElementType.Number, a.Shape.With(0, a.Shape[0] / parts));
        return Node("", "Split", [a], [.. Enumerable.Repeat(part, parts)], NodeAttribute.Of("axis", 0), NodeAttribute.Of("num_outputs", parts));
    }

    /// <summary>Parts put together along the outermost dimension.</summary>
    public GraphValue JoinOutermost(params ReadOnlySpan<GraphValue> parts)
    {
        var size = 0;
        foreach (var part in parts)
        {
            size += part.Shape[0];
        }

        return Node("Concat", parts, parts[0].Shape.With(0, size), NodeAttribute.Of("axis", 0));
    }

    /// <summary>The rows of a table [V, C] that the indices [N] name: [N, C].</summary>
    public GraphValue GatherRows(GraphValue table, GraphValue indices) =>
        Node("Gather", [table, indices], [indices.Shape[0], table.Shape[1]], NodeAttribute.Of("axis", 0));

    /// <summary>A copy of a table [V, C] with rows [N, C] written, or added, at the indices [N].</summary>
    public GraphValue ScatterRows(GraphValue table, GraphValue indices, GraphValue rows, bool add) =>
        Node(
            "ScatterND",
            [table, Reshape(indices, [indices.Shape[0], 1]), rows],
            table.Shape,
            NodeAttribute.Of("reduction", add ? "add" : "none"));

    /// <summary>One element of each row [N, V], named by the indices [N, 1]: [N, 1].</summary>
    public GraphValue Pick(GraphValue rows, GraphValue indices) =>
        Node("GatherElements", [rows, indices], indices.Shape, NodeAttribute.Of("axis", 1));

    /// <summary>A copy of rows [N, V] with one element of each, named by the indices [N, 1], replaced by the values [N, 1].</summary>
    public GraphValue Replace(GraphValue rows, GraphValue indices, GraphValue values) =>
        Node("ScatterElements", [rows, indices, values], rows.Shape, NodeAttribute.Of("axis", 1));

    /// <summary>Zeros.</summary>
    public GraphValue Zeros(Shape shape) => Node("ConstantOfShape", [Indices(shape.ToInt64())], shape);
}
