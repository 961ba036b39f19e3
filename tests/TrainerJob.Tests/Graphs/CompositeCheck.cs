using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Tests.Graphs;

/// <summary>
/// A composite operator against a plain float64 program for the same formula: what it yields, and its gradients against central differences
/// of that program. Both forms of the composite are checked, with whatever was in the gradient before.
/// </summary>
internal sealed class CompositeCheck(int seed)
{
    private const double Step = 1e-5;
    private const double Tolerance = 1e-4;

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, (Shape Shape, double[] Values)> _numbers = [];
    private readonly Dictionary<string, (Shape Shape, long[] Values)> _indices = [];

    public delegate GraphValue Composite(Tape tape, IReadOnlyDictionary<string, GraphValue> inputs);

    public delegate double[] Formula(IReadOnlyDictionary<string, double[]> numbers);

    /// <summary>A random input, normal with deviation 1, whose gradient is checked.</summary>
    public CompositeCheck Numbers(string name, Shape shape)
    {
        // Rounded to float32, so that both programs get the same.
        _numbers.Add(name, (shape, [.. Enumerable.Range(0, (int)shape.Elements).Select(_ => (double)(float)Normal())]));
        return this;
    }

    public CompositeCheck Indices(string name, Shape shape, long[] values)
    {
        _indices.Add(name, (shape, values));
        return this;
    }

    public Random Random => _random;

    /// <summary>Checks y = composite(inputs) and the gradients of Σ y·r for a random r.</summary>
    public void Run(Composite composite, Formula formula)
    {
        var inputs = _numbers.ToDictionary(input => input.Key, input => input.Value.Values);
        var expected = formula(inputs);
        var direction = expected.Select(_ => (double)(float)Normal()).ToArray();
        foreach (var operators in Enum.GetValues<GraphOperators>())
        {
            foreach (var gradientBefore in new[] { false, true })
            {
                Check(composite, formula, operators, gradientBefore, inputs, expected, direction);
            }
        }
    }

    private void Check(Composite composite, Formula formula, GraphOperators operators, bool gradientBefore, Dictionary<string, double[]> inputs, double[] expected, double[] direction)
    {
        var graph = new Graph(operators);
        var tape = new Tape(graph);
        var values = _numbers.ToDictionary(input => input.Key, input => tape.Follow(graph.Input(input.Key, ElementType.Number, input.Value.Shape)));
        var all = values.Concat(_indices.Select(input => KeyValuePair.Create(input.Key, graph.Input(input.Key, ElementType.Index, input.Value.Shape)))).ToDictionary();
        var y = composite(tape, all);
        graph.Output("y", y);
        foreach (var value in values.Values.Where(_ => gradientBefore))
        {
            // As if another operator had used each input too: its gradient there is the input itself.
            tape.Contribute(value, value);
        }

        tape.Backward(y, graph.Input("direction", ElementType.Number, y.Shape));
        foreach (var (name, value) in values)
        {
            graph.Output("d." + name, tape.Gradient(value));
        }

        Dictionary<string, Array> given = new() { ["direction"] = Single(direction) };
        foreach (var (name, (_, numbers)) in _numbers)
        {
            given.Add(name, Single(numbers));
        }

        foreach (var (name, (_, indices)) in _indices)
        {
            given.Add(name, indices);
        }

        var results = GraphRunner.Run(graph, given);
        Compare($"{operators} y", expected, results["y"]);
        foreach (var (name, numbers) in inputs)
        {
            var differences = Differences(formula, inputs, name, direction);
            Compare($"{operators} d.{name}", [.. differences.Select((difference, i) => difference + (gradientBefore ? numbers[i] : 0))], results["d." + name]);
        }
    }

    /// <summary>(f(x + h) - f(x - h)) / 2h for each number of one input, f = Σ y·r.</summary>
    private static double[] Differences(Formula formula, Dictionary<string, double[]> inputs, string name, double[] direction)
    {
        var values = inputs[name];
        var result = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var original = values[i];
            values[i] = original + Step;
            var above = Dot(formula(inputs), direction);
            values[i] = original - Step;
            result[i] = (above - Dot(formula(inputs), direction)) / (2 * Step);
            values[i] = original;
        }

        return result;
    }

    private static void Compare(string what, double[] expected, float[] actual)
    {
        var scale = expected.Append(1).Max(Math.Abs);
        Close.Check(what, Single(expected), actual, Tolerance * scale);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static float[] Single(double[] values) => Array.ConvertAll(values, value => (float)value);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
