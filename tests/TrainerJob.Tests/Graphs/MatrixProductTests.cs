using FsCheck;
using FsCheck.Fluent;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Tests.Graphs;

public sealed class MatrixProductTests
{
    /// <summary>What is added to a product: nothing, one row to all, or a matrix.</summary>
    public enum Addend
    {
        None,
        Row,
        Matrix,
    }

    [Fact]
    public void Products_of_any_size_and_order_are_those_of_the_formula()
    {
        var cases =
            from rows in Gen.Choose(1, 40)
            from columns in Gen.Choose(1, 80)
            from steps in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(250, 270), Gen.Choose(1020, 1030))
            from turned in Gen.Two(Gen.Elements(false, true))
            from addend in Gen.Elements(Addend.None, Addend.Row, Addend.Matrix)
            from factor in Gen.Elements(1f, -0.5f)
            select (rows, columns, steps, turned, addend, factor);
        Prop.ForAll(cases.ToArbitrary(), c => Check(c.rows, c.columns, c.steps, c.turned.Item1, c.turned.Item2, c.addend, c.factor))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(120));
    }

    [Theory]
    [InlineData(4110, 40, 5, false, false)]
    [InlineData(4110, 33, 300, true, true)]
    [InlineData(20, 4130, 7, false, true)]
    [InlineData(13, 4100, 1100, true, false)]
    [InlineData(4120, 4101, 2, true, false)]
    public void Products_larger_than_what_is_packed_at_once_are_those_of_the_formula(int rows, int columns, int steps, bool leftTurned, bool rightTurned) =>
        Check(rows, columns, steps, leftTurned, rightTurned, Addend.Matrix, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Threads_do_not_change_a_bit(int threads)
    {
        var (graph, inputs) = Build(130, 200, 600, leftTurned: false, rightTurned: true, Addend.Row, 1);

        var (alone, together) = (GraphRunner.Run(graph, inputs)["y"], GraphRunner.Run(graph, inputs, threads)["y"]);

        // A processor without AVX-512 multiplies with ONNX Runtime's own product, which promises less.
        Close.Check("y", alone, together, MatrixProduct.IsSupported ? 0 : 1e-5);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(13, 64)]
    [InlineData(64, 40)]
    [InlineData(300, 33)]
    [InlineData(530, 64)]
    public void A_triangle_that_need_not_be_computed_changes_nothing_else(int length, int size)
    {
        if (!MatrixProduct.IsSupported)
        {
            // Nothing calls it there; attention by ONNX Runtime's own products has its tests.
            return;
        }

        var random = new Random(length);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var (left, right, other) = (Numbers(length * length), Numbers(length * size), Numbers(length * size));
        for (var i = 0; i < left.Length; i++)
        {
            left[i] = i % length > i / length ? 0 : left[i];
        }

        // Zeros are read to the end of a tile, and nothing behind it, nor what an earlier product has left in the scratch.
        float[] nothing = [.. Enumerable.Repeat(float.NaN, length * length)];
        float[] spoilt = [.. left.Select((value, i) => i % length >= ((i / length / Tile.Rows) + 1) * Tile.Rows ? float.NaN : value)];
        foreach (var (turned, triangle) in new[] { (false, Triangle.OfLeft), (true, Triangle.OfLeftTransposed) })
        {
            var whole = Product(turned, false, Triangle.None, left);
            Product(turned, false, Triangle.None, nothing);
            Close.Check($"{triangle}", whole, Product(turned, false, triangle, spoilt), 1e-5);
        }

        Close.Check("result", LowerHalf(Product(false, true, Triangle.None, other)), LowerHalf(Product(false, true, Triangle.OfResult, other)), 1e-5);

        // Scores come of two matrices of vectors, the others of one of scores and one of vectors. Each is part of a wider one.
        unsafe float[] Product(bool leftTurned, bool rightTurned, Triangle triangle, float[] of)
        {
            var (columns, steps) = rightTurned ? (length, size) : (size, length);
            var (leftStride, rightStride, stride) = (rightTurned ? size + 3 : length, size + 5, columns + 7);
            var product = new TriangularProduct(length, columns, steps, leftTurned, rightTurned, 0.5f, triangle)
            {
                LeftStride = leftStride,
                RightStride = rightStride,
                Stride = stride,
            };
            var result = new float[length * stride];
            fixed (float* a = rightTurned ? Wider(of, size, leftStride) : of, b = Wider(right, size, rightStride), c = result)
            {
                product.Run(a, b, c);
            }

            Assert.All(result.Where((_, i) => i % stride >= columns), rest => Assert.Equal(0, rest));
            return [.. result.Where((_, i) => i % stride < columns)];
        }

        float[] LowerHalf(float[] square) => [.. square.Select((value, i) => i % length > i / length ? 0 : value)];
    }

    private static float[] Wider(float[] matrix, int columns, int stride)
    {
        var wide = new float[matrix.Length / columns * stride];
        for (var i = 0; i < matrix.Length; i++)
        {
            wide[(i / columns * stride) + (i % columns)] = matrix[i];
        }

        return wide;
    }

    private static void Check(int rows, int columns, int steps, bool leftTurned, bool rightTurned, Addend addend, float factor)
    {
        var (graph, inputs) = Build(rows, columns, steps, leftTurned, rightTurned, addend, factor);
        var (a, b, c) = ((float[])inputs["a"], (float[])inputs["b"], inputs.TryGetValue("c", out var given) ? (float[])given : []);

        var y = GraphRunner.Run(graph, inputs)["y"];

        // Whole rows and columns where the matrix is large: the sums of all take longer than they tell.
        foreach (var row in Some(rows))
        {
            foreach (var column in Some(columns))
            {
                var (sum, size) = (0.0, 0.0);
                for (var k = 0; k < steps; k++)
                {
                    var product = (double)a[leftTurned ? (k * rows) + row : (row * steps) + k] * b[rightTurned ? (column * steps) + k : (k * columns) + column];
                    sum += product;
                    size += Math.Abs(product);
                }

                var expected = (factor * sum) + (addend == Addend.None ? 0 : c[addend == Addend.Row ? column : (row * columns) + column]);
                Assert.True(
                    Math.Abs(expected - y[(row * columns) + column]) <= 1e-6 * (size + 1),
                    $"[{rows}, {steps}] by [{steps}, {columns}] at {row}, {column}: {y[(row * columns) + column]} for {expected}");
            }
        }
    }

    private static IEnumerable<int> Some(int count) => count <= 100 ? Enumerable.Range(0, count) : Enumerable.Range(0, 20).Concat(Enumerable.Range(0, 50).Select(i => (int)((count - 1L) * i / 49)));

    private static (Graph Graph, Dictionary<string, Array> Inputs) Build(int rows, int columns, int steps, bool leftTurned, bool rightTurned, Addend addend, float factor)
    {
        var random = new Random((rows * 31) + (columns * 7) + steps);
        var graph = new Graph();
        var inputs = new Dictionary<string, Array>();
        var y = graph.Gemm(
            Input("a", leftTurned ? [steps, rows] : [rows, steps]),
            Input("b", rightTurned ? [columns, steps] : [steps, columns]),
            addend switch { Addend.None => null, Addend.Row => Input("c", [columns]), _ => Input("c", [rows, columns]) },
            leftTurned,
            rightTurned,
            factor);
        graph.Output("y", y);
        return (graph, inputs);

        GraphValue Input(string name, Shape shape)
        {
            var numbers = new float[shape.Elements];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = random.NextSingle() - 0.5f;
            }

            inputs[name] = numbers;
            return graph.Input(name, ElementType.Number, shape);
        }
    }
}
