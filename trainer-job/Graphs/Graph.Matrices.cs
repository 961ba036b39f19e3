using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Graphs;

public sealed partial class Graph
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    internal const string MicrosoftDomain = "com.microsoft";

    // Products with fewer columns than this are no slower than the turning of their operand.
    private const int WorthTurning = 128;

    // Nothing is gained for the table of a large vocabulary, and its operand is the largest value of all.
    private const int TooLargeToTurn = 1 << 14;

    /// <summary>factor · a · b + c for matrices, each of a and b transposed on request; c is a row or a matrix.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public GraphValue Gemm(GraphValue a, GraphValue b, GraphValue? c = null, bool transposeA = false, bool transposeB = false, float factor = 1)
    {
        var (rows, inner) = transposeA ? (a.Shape[1], a.Shape[0]) : (a.Shape[0], a.Shape[1]);
        var (innerB, columns) = transposeB ? (b.Shape[1], b.Shape[0]) : (b.Shape[0], b.Shape[1]);
        Shape shape = [rows, columns];
        if (a.Shape.Rank != 2 || b.Shape.Rank != 2 || inner != innerB || (c is not null && !Shape.Broadcast(c.Shape, shape).Equals(shape)))
        {
            throw new ArgumentException($"Cannot multiply {a} (transposed: {transposeA}) with {b} (transposed: {transposeB}) and add {c}.");
        }

        if (Operators == GraphOperators.Kernels && MatrixProduct.IsSupported)
        {
            var addend = c is null ? 0 : c.Shape.Elements == rows * columns ? rows : c.Shape.Elements == columns ? 1 : throw new ArgumentException($"{c} is no row or matrix.");
            return Node(new GemmKernel(rows, columns, inner, transposeA, transposeB, factor, addend), c is null ? [a, b] : [a, b, c])[0];
        }

        if (transposeA && Operators == GraphOperators.Kernels && columns >= WorthTurning && rows <= TooLargeToTurn)
        {
            return Gemm(Node(new TransposeKernel(a.Shape[0], a.Shape[1]), a)[0], b, c, transposeA: false, transposeB, factor);
        }

        if (products != ElementType.Number)
        {
            // The sum is made in float32, as gradients have to be.
            var product = Product("", "Gemm", shape, a, b, factor, transposeA, transposeB);
            return c is null ? product : Add(product, c);
        }

        return Node(
            "Gemm",
            c is null ? [a, b] : [a, b, c],
            shape,
            NodeAttribute.Of("alpha", factor),
            NodeAttribute.Of("transA", transposeA ? 1 : 0),
            NodeAttribute.Of("transB", transposeB ? 1 : 0));
    }

    /// <summary>factor · a · b for stacks of matrices [..., m, k] and [..., k, n] with equal outer sizes, each transposed on request.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public GraphValue BatchedProduct(GraphValue a, GraphValue b, bool transposeA = false, bool transposeB = false, float factor = 1)
    {
        var (rows, inner) = transposeA ? (a.Shape[-1], a.Shape[-2]) : (a.Shape[-2], a.Shape[-1]);
        var (innerB, columns) = transposeB ? (b.Shape[-1], b.Shape[-2]) : (b.Shape[-2], b.Shape[-1]);
        if (inner != innerB || !a.Shape.SkipLast(2).SequenceEqual(b.Shape.SkipLast(2)))
        {
            throw new ArgumentException($"Cannot multiply the matrices of {a} (transposed: {transposeA}) with those of {b} (transposed: {transposeB}).");
        }

        return Product(MicrosoftDomain, "FusedMatMul", [.. a.Shape.SkipLast(2), rows, columns], a, b, factor, transposeA, transposeB);
    }

    private GraphValue Product(string domain, string name, Shape shape, GraphValue a, GraphValue b, float factor, bool transposeA, bool transposeB)
    {
        var product = Node(
            domain,
            name,
            [Narrow(a), Narrow(b)],
            [(products, shape)],
            NodeAttribute.Of("alpha", factor),
            NodeAttribute.Of("transA", transposeA ? 1 : 0),
            NodeAttribute.Of("transB", transposeB ? 1 : 0))[0];
        return Cast(product, ElementType.Number);
    }

    /// <summary>A value as an operand of a product; cast once, however many products it is in.</summary>
    private GraphValue Narrow(GraphValue value) =>
        _casts.TryGetValue(value, out var narrow) ? narrow : _casts[value] = Cast(value, products);

    private GraphValue Cast(GraphValue value, ElementType type) =>
        value.Type == type ? value : Node("", "Cast", [value], [(type, value.Shape)], NodeAttribute.Of("to", (long)type))[0];

    /// <summary>Layer normalization over the innermost dimension, with the mean and the reciprocal deviation of each row.</summary>
    public (GraphValue Output, GraphValue Mean, GraphValue ReciprocalDeviation) LayerNormalization(GraphValue x, GraphValue weight, GraphValue bias, float epsilon)
    {
        var perRow = x.Shape.With(-1, 1);
        var outputs = Node(
            "",
            "LayerNormalization",
            [x, weight, bias],
            [(ElementType.Number, x.Shape), (ElementType.Number, perRow), (ElementType.Number, perRow)],
            NodeAttribute.Of("axis", -1),
            NodeAttribute.Of("epsilon", epsilon));
        return (outputs[0], outputs[1], outputs[2]);
    }
}
