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

        Assert.Equal(GraphRunner.Run(graph, inputs)["y"], GraphRunner.Run(graph, inputs, threads)["y"]);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(13, 64)]
    [InlineData(64, 40)]
    [InlineData(300, 33)]
    [InlineData(530, 64)]
    public void A_triangle_that_need_not_be_computed_changes_nothing_else(int length, int size)
    {
        const int matrices = 3;
        var random = new Random(length);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var (left, right, other) = (Numbers(matrices * length * length), Numbers(matrices * length * size), Numbers(matrices * length * size));
        for (var i = 0; i < left.Length; i++)
        {
            left[i] = i % length > i / length % length ? 0 : left[i];
        }

        var inputs = new Dictionary<string, Array> { ["left"] = left, ["right"] = right, ["other"] = other };
        var whole = GraphRunner.Run(Products(halves: false), inputs);
        var halves = GraphRunner.Run(Products(halves: true), inputs);

        Close.Check("left", whole["left x right"], halves["left x right"], 1e-5);
        Close.Check("turned", whole["turned left x right"], halves["turned left x right"], 1e-5);
        var scores = whole["right x other"].Select((value, i) => i % length > i / length % length ? 0 : value).ToArray();
        Close.Check("result", scores, [.. halves["right x other"].Select((value, i) => i % length > i / length % length ? 0 : value)], 1e-5);

        Graph Products(bool halves)
        {
            var graph = new Graph();
            var a = graph.Input("left", ElementType.Number, [matrices, length, length]);
            var b = graph.Input("right", ElementType.Number, [matrices, length, size]);
            var c = graph.Input("other", ElementType.Number, [matrices, length, size]);
            graph.Output("left x right", graph.BatchedProduct(a, b, factor: 0.5f, triangle: halves ? Triangle.OfLeft : Triangle.None));
            graph.Output("turned left x right", graph.BatchedProduct(a, b, transposeA: true, triangle: halves ? Triangle.OfLeftTransposed : Triangle.None));
            graph.Output("right x other", graph.BatchedProduct(b, c, transposeB: true, factor: 2, triangle: halves ? Triangle.OfResult : Triangle.None));
            return graph;
        }
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
