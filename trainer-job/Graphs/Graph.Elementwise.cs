namespace Pipeline.TrainerJob.Graphs;

public sealed partial class Graph
{
    /// <summary>a + b, broadcast.</summary>
    public GraphValue Add(GraphValue a, GraphValue b) => Elementwise("Add", a, b);

    /// <summary>a - b, broadcast.</summary>
    public GraphValue Subtract(GraphValue a, GraphValue b) => Elementwise("Sub", a, b);

    /// <summary>a · b element by element, broadcast.</summary>
    public GraphValue Multiply(GraphValue a, GraphValue b) => Elementwise("Mul", a, b);

    /// <summary>The natural logarithm.</summary>
    public GraphValue Log(GraphValue a) => Node("Log", [a], a.Shape);

    /// <summary>1 / (1 + e⁻ᵃ).</summary>
    public GraphValue Sigmoid(GraphValue a) => Node("Sigmoid", [a], a.Shape);

    /// <summary>max(0, a).</summary>
    public GraphValue Relu(GraphValue a) => Node("Relu", [a], a.Shape);

    /// <summary>-1, 0 or 1.</summary>
    public GraphValue Sign(GraphValue a) => Node("Sign", [a], a.Shape);

    /// <summary>Softmax over the innermost dimension.</summary>
    public GraphValue Softmax(GraphValue a) => Node("Softmax", [a], a.Shape, NodeAttribute.Of("axis", -1));

    /// <summary>Whether two tensors of indices agree, broadcast.</summary>
    public GraphValue Equal(GraphValue a, GraphValue b) => Compare("Equal", a, b);

    /// <summary>a where <paramref name="condition"/> holds, else b; broadcast.</summary>
    public GraphValue Where(GraphValue condition, GraphValue a, GraphValue b) =>
        Node("Where", [condition, a, b], Shape.Broadcast(condition.Shape, Shape.Broadcast(a.Shape, b.Shape)));

    /// <summary>The sum over one dimension.</summary>
    public GraphValue Sum(GraphValue a, int axis, bool keepDimension) => Reduce("ReduceSum", a, axis, keepDimension);

    /// <summary>The mean over one dimension, which stays as a 1.</summary>
    public GraphValue Mean(GraphValue a, int axis) => Reduce("ReduceMean", a, axis, keepDimension: true);

    /// <summary>The largest over one dimension, which stays as a 1.</summary>
    public GraphValue Max(GraphValue a, int axis) => Reduce("ReduceMax", a, axis, keepDimension: true);

    private GraphValue Elementwise(string name, GraphValue a, GraphValue b) => Node(name, [a, b], Shape.Broadcast(a.Shape, b.Shape));

    private GraphValue Compare(string name, GraphValue a, GraphValue b) =>
        Node("", name, [a, b], [(ElementType.Truth, Shape.Broadcast(a.Shape, b.Shape))])[0];

    private GraphValue Reduce(string name, GraphValue a, int axis, bool keepDimension)
    {
        var index = axis < 0 ? axis + a.Shape.Rank : axis;
        var shape = keepDimension ? a.Shape.With(index, 1) : [.. a.Shape.Where((_, i) => i != index)];
        return Node(name, [a, Indices(index)], shape, NodeAttribute.Of("keepdims", keepDimension ? 1 : 0));
    }
}
