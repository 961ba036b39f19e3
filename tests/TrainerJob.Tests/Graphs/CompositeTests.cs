using FsCheck;
using FsCheck.Fluent;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;

namespace Pipeline.TrainerJob.Tests.Graphs;

public sealed class CompositeTests
{
    private const float Epsilon = 1e-5f;

    [Fact]
    public void Linear_has_the_gradients_of_its_formula() => ForSizes(20, (seed, rows, inputs, outputs) =>
        new CompositeCheck(seed).Numbers("x", [rows, inputs]).Numbers("w", [inputs, outputs]).Numbers("b", [outputs]).Run(
            (tape, v) => Linear.Apply(tape, v["x"], v["w"], v["b"]),
            v => Formulas.Linear(v["x"], v["w"], v["b"])));

    [Fact]
    public void Linear_with_an_adapter_has_the_gradients_of_its_formula() => ForSizes(20, (seed, rows, inputs, outputs) =>
    {
        const double Factor = 1.75;
        var rank = 1 + (seed % 5);
        new CompositeCheck(seed).Numbers("x", [rows, inputs]).Numbers("w", [inputs, outputs]).Numbers("bias", [outputs]).Numbers("a", [rank, inputs]).Numbers("b", [outputs, rank]).Run(
            (tape, v) => LoraLinear.Apply(tape, v["x"], v["w"], v["bias"], v["a"], v["b"], (float)Factor),
            v => [.. Formulas.Linear(v["x"], v["w"], v["bias"]).Zip(
                Formulas.Linear(Formulas.Linear(v["x"], Formulas.Transposed(v["a"], inputs), new double[rank]), Formulas.Transposed(v["b"], rank), new double[outputs]),
                (y, adapted) => y + (Factor * adapted))]);
    });

    [Fact]
    public void Residual_has_the_gradients_of_its_formula() => ForSizes(20, (seed, rows, columns, _) =>
        new CompositeCheck(seed).Numbers("x", [rows, columns]).Numbers("branch", [rows, columns]).Run(
            (tape, v) => Residual.Apply(tape, v["x"], v["branch"]),
            v => [.. v["x"].Zip(v["branch"], (a, b) => a + b)]));

    [Fact]
    public void Layer_norm_has_the_gradients_of_its_formula() => ForSizes(20, (seed, rows, columns, _) =>
        new CompositeCheck(seed).Numbers("x", [rows, columns + 2]).Numbers("w", [columns + 2]).Numbers("b", [columns + 2]).Run(
            (tape, v) => LayerNorm.Apply(tape, v["x"], v["w"], v["b"], Epsilon),
            v => Formulas.LayerNorm(v["x"], v["w"], v["b"], Epsilon)));

    [Fact]
    public void Gelu_has_the_gradients_of_its_formula() => ForSizes(20, (seed, rows, columns, _) =>
        new CompositeCheck(seed).Numbers("x", [rows, columns]).Run(
            (tape, v) => Gelu.Apply(tape, v["x"]),
            v => Formulas.Gelu(v["x"])));

    [Fact]
    public void Attention_has_the_gradients_of_its_formula_whatever_the_segments() => ForSizes(9, (seed, length, headSize, heads) =>
    {
        const int Batch = 2;
        var check = new CompositeCheck(seed).Numbers("x", [Batch * length, 3 * Math.Min(heads, 3) * headSize]);

        // Any number may come again after another: padding on both sides has one number.
        var segments = Enumerable.Range(0, Batch * length).Select(_ => (long)check.Random.Next(-1, 2)).ToArray();
        check.Indices("segments", [Batch * length], segments).Run(
            (tape, v) => Attention.Apply(tape, v["x"], v["segments"], Math.Min(heads, 3), length),
            v => Formulas.Attention(v["x"], segments, length, Math.Min(heads, 3), headSize));
    });

    [Fact]
    public void Embedding_has_the_gradients_of_its_formula_when_ids_come_again() => ForSizes(20, (seed, tokens, columns, entries) =>
    {
        var check = new CompositeCheck(seed).Numbers("wte", [entries, columns]).Numbers("wpe", [entries, columns]);
        var ids = Enumerable.Range(0, tokens).Select(_ => check.Random.NextInt64(entries)).ToArray();
        var positions = Enumerable.Range(0, tokens).Select(_ => check.Random.NextInt64(entries)).ToArray();
        check.Indices("ids", [tokens], ids).Indices("positions", [tokens], positions).Run(
            (tape, v) => Embedding.Apply(tape, v["wte"], v["wpe"], v["ids"], v["positions"]),
            v => [.. Formulas.Rows(v["wte"], ids, columns).Zip(Formulas.Rows(v["wpe"], positions, columns), (a, b) => a + b)]);
    });

    [Fact]
    public void Row_selection_has_the_gradients_of_its_formula() => ForSizes(20, (seed, rows, columns, selected) =>
    {
        var check = new CompositeCheck(seed).Numbers("x", [rows, columns]);
        var indices = Enumerable.Range(0, rows).OrderBy(_ => check.Random.Next()).Take(Math.Min(rows, selected)).Select(row => (long)row).ToArray();
        check.Indices("rows", [indices.Length], indices).Run(
            (tape, v) => RowSelection.Apply(tape, v["x"], v["rows"]),
            v => Formulas.Rows(v["x"], indices, columns));
    });

    [Fact]
    public void Tied_head_has_the_gradients_of_its_weighted_loss() => ForSizes(20, (seed, rows, columns, entries) =>
    {
        var random = new Random(seed);
        float[] Normal(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        var (x, table, weights) = (Normal(rows * columns), Normal(entries * columns), Normal(rows));
        var labels = Enumerable.Range(0, rows).Select(_ => random.NextInt64(entries)).ToArray();
        foreach (var operators in Enum.GetValues<GraphOperators>())
        {
            var graph = new Graph(operators);
            var tape = new Tape(graph);
            var inputs = (
                X: tape.Follow(graph.Input("x", ElementType.Number, [rows, columns])),
                Table: tape.Follow(graph.Input("table", ElementType.Number, [entries, columns])),
                Labels: graph.Input("labels", ElementType.Index, [rows, 1]),
                Weights: graph.Input("weights", ElementType.Number, [rows, 1]));
            graph.Output("losses", TiedHead.Apply(tape, inputs.X, inputs.Table, inputs.Labels, inputs.Weights));
            graph.Output("d.x", tape.Gradient(inputs.X));
            graph.Output("d.table", tape.Gradient(inputs.Table));
            var results = GraphRunner.Run(graph, new Dictionary<string, Array> { ["x"] = x, ["table"] = table, ["labels"] = labels, ["weights"] = weights });

            double[] Losses() => Formulas.Loss(Array.ConvertAll(x, v => (double)v), Array.ConvertAll(table, v => (double)v), labels, columns);
            Close.Check("losses", Array.ConvertAll(Losses(), v => (float)v), results["losses"], 1e-5);
            foreach (var (name, values) in new[] { ("d.x", x), ("d.table", table) })
            {
                Close.Check($"{operators} {name}", Differences(values, () => Losses().Zip(weights, (loss, weight) => loss * weight).Sum()), results[name], 1e-4);
            }
        }
    });

    /// <summary>Central differences with steps that float32 holds exactly, of a function computed in float64.</summary>
    private static float[] Differences(float[] values, Func<double> function)
    {
        var result = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var original = values[i];
            values[i] = original + 1e-3f;
            var (above, upper) = (function(), values[i]);
            values[i] = original - 1e-3f;
            result[i] = (float)((above - function()) / ((double)upper - values[i]));
            values[i] = original;
        }

        return result;
    }

    private static void ForSizes(int largest, Action<int, int, int, int> check)
    {
        var sizes = Gen.Choose(1, largest).ArrayOf(3).SelectMany(size => Gen.Choose(0, int.MaxValue - 1).Select(seed => (seed, size)));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(15),
            Prop.ForAll(sizes.ToArbitrary(), given => check(given.seed, given.size[0], given.size[1], given.size[2])));
    }
}
