using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Tests.Graphs;

public sealed class GraphTests
{
    [Fact]
    public void Matrices_that_do_not_fit_are_refused_when_the_graph_is_built()
    {
        var graph = new Graph();
        var a = graph.Input("a", ElementType.Number, [2, 3]);
        var b = graph.Input("b", ElementType.Number, [2, 3]);
        Assert.Contains("[2,3]", Assert.Throws<ArgumentException>(() => graph.Gemm(a, b)).Message, StringComparison.Ordinal);
        Assert.Equal("[2,2]", graph.Gemm(a, b, transposeB: true).Shape.ToString());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 130)]
    [InlineData(16, 64)]
    [InlineData(33, 17)]
    [InlineData(70, 129)]
    public void A_wide_product_with_a_transposed_operand_is_that_of_its_formula(int inner, int rows)
    {
        const int Columns = 140;
        var random = new Random(1);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var (a, b) = (Numbers(inner * rows), Numbers(inner * Columns));
        var graph = new Graph();
        graph.Output("y", graph.Gemm(graph.Input("a", ElementType.Number, [inner, rows]), graph.Input("b", ElementType.Number, [inner, Columns]), transposeA: true, factor: 2));
        var expected = Enumerable.Range(0, rows * Columns)
            .Select(i => 2 * Enumerable.Range(0, inner).Sum(k => a[(k * rows) + (i / Columns)] * b[(k * Columns) + (i % Columns)])).ToArray();
        Close.Check("y", expected, GraphRunner.Run(graph, new Dictionary<string, Array> { ["a"] = a, ["b"] = b })["y"], 1e-4);
    }

    [Theory]
    [InlineData(new[] { 2, 3 }, new[] { 3 }, "[2,3]")]
    [InlineData(new[] { 4, 1, 3 }, new[] { 2, 1 }, "[4,2,3]")]
    [InlineData(new int[0], new[] { 5 }, "[5]")]
    public void Broadcasting_follows_the_onnx_rule(int[] left, int[] right, string expected) =>
        Assert.Equal(expected, Shape.Broadcast([.. left], [.. right]).ToString());

    [Fact]
    public void Shapes_that_cannot_be_broadcast_are_refused() =>
        Assert.Throws<ArgumentException>(() => Shape.Broadcast([2, 3], [2]));

    [Fact]
    public void A_second_input_of_one_name_is_refused()
    {
        var graph = new Graph();
        graph.Input("x", ElementType.Number, [1]);
        Assert.Throws<ArgumentException>(() => graph.Input("x", ElementType.Number, [1]));
    }

    [Fact]
    public void Operators_that_no_output_needs_are_not_emitted()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Number, [2]);
        graph.Log(x);
        graph.Output("y", graph.Sigmoid(x));
        Assert.Equal(["Sigmoid"], graph.ToModel().Graph.Node.Select(node => node.OpType));
    }

    [Fact]
    public void Nothing_is_built_for_values_that_are_not_followed()
    {
        var graph = new Graph();
        var tape = new Tape(graph);
        var frozen = graph.Input("frozen", ElementType.Number, [2, 2]);
        var y = Pipeline.TrainerJob.Graphs.Composites.Residual.Apply(tape, frozen, frozen);
        Assert.False(tape.Follows(y));
        Assert.Throws<InvalidOperationException>(() => tape.Gradient(frozen));
    }

    [Fact]
    public void An_input_can_be_an_output_and_a_value_two_outputs()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Number, [2]);
        var y = graph.Add(x, graph.Scalar(1));
        graph.Output("same", x);
        graph.Output("y", y);
        graph.Output("again", y);
        var results = GraphRunner.Run(graph, new Dictionary<string, Array> { ["x"] = new float[] { 1, 2 } });
        Assert.Equal([1f, 2f], results["same"]);
        Assert.Equal([2f, 3f], results["y"]);
        Assert.Equal([2f, 3f], results["again"]);
    }

    [Theory]
    [InlineData(GraphOperators.Portable)]
    [InlineData(GraphOperators.Kernels)]
    public void Portable_graphs_hold_no_operator_of_our_own(GraphOperators operators)
    {
        var plan = new Gpt2Plan(new ModelShape(1, 2, 4, 4, 8), TrainingScope.Full, 1, 4, operators);
        var graph = Gpt2Graph.Training(plan, headRows: 4);
        Assert.Equal(operators == GraphOperators.Kernels, graph.ToModel().Graph.Node.Any(node => node.Domain == "pipeline"));
    }
}
