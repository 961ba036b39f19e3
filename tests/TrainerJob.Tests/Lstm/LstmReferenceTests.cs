using Pipeline.Generation.Lstm;
using Pipeline.Testing;
using Pipeline.TrainerJob.Lstm;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Lstm;

/// <summary>The LSTM's engine against float64 values; the tolerances are those stated beside the values.</summary>
public sealed class LstmReferenceTests
{
    private const int Rows = 3, Length = 20;
    private const double LogitTolerance = 1e-5, LossTolerance = 1e-5, GradientTolerance = 1e-6;

    public static MatrixTheoryData<int, bool> Cases => new([1, 2], [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_and_states_are_the_references(int layers, bool given)
    {
        using var reference = new LstmReference(layers, Rows);
        using var state = reference.Engine.Carried.ZerosLike();
        if (given)
        {
            reference.GiveState(state);
        }

        var logits = reference.Engine.Logits(reference.Batch(given), state);
        Close.Check("logits", reference.Numbers(Name(given, "logits")), logits, LogitTolerance);
        reference.CheckState(Name(given, ""), state, LogitTolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_every_gradient_are_the_references(int layers, bool given)
    {
        using var reference = new LstmReference(layers, Rows);
        if (given)
        {
            reference.GiveState(reference.Engine.Carried);
        }

        var batch = reference.Batch(given);
        var loss = reference.Engine.Accumulate(batch, 1.0 / batch.Labels.Count(label => label != TrainingBatch.Ignored));
        Assert.Equal(reference.Numbers(Name(given, "loss"))[0], loss.Mean, LossTolerance);
        foreach (var gradient in reference.Engine.Gradients)
        {
            Close.Check(gradient.Name, reference.Gradient(Name(given, gradient.Name)), gradient.Values, GradientTolerance);
        }

        reference.CheckState(Name(given, ""), reference.Engine.Carried, LogitTolerance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_text_in_two_batches_has_the_state_and_the_losses_of_one(int layers)
    {
        using var reference = new LstmReference(layers, Rows);
        var whole = reference.Batch(given: false);
        var expected = reference.Engine.Evaluate(whole);
        var halves = new[] { 0, 1 }.Select(half =>
        {
            var batch = new TrainingBatch(Rows, Length / 2);
            for (var i = 0; i < batch.InputIds.Length; i++)
            {
                var at = (i / batch.Length * Length) + (half * batch.Length) + (i % batch.Length);
                (batch.InputIds[i], batch.Labels[i], batch.PositionIds[i]) = (whole.InputIds[at], whole.Labels[at], whole.PositionIds[at]);
            }

            return reference.Engine.Accumulate(batch, 1);
        }).ToList();

        Assert.Equal(expected.SummedLoss, halves[0].SummedLoss + halves[1].SummedLoss, 1e-4);
        reference.CheckState(Name(given: false, ""), reference.Engine.Carried, LogitTolerance);
    }

    [Fact]
    public void A_text_that_begins_within_a_row_does_not_see_the_one_before()
    {
        using var reference = new LstmReference(2, Rows);
        var batch = reference.Batch(given: false);
        var alone = reference.Engine.Logits(batch);
        var shifted = new TrainingBatch(Rows, Length);
        const int start = 7;
        for (var i = 0; i < shifted.InputIds.Length; i++)
        {
            var (row, t) = (i / Length, i % Length);
            shifted.InputIds[i] = t < start ? 5 : batch.InputIds[(row * Length) + t - start];
            shifted.PositionIds[i] = t < start ? t : t - start;
        }

        var packed = reference.Engine.Logits(shifted);
        for (var row = 0; row < Rows; row++)
        {
            var count = (Length - start) * LstmReference.Vocabulary;
            Close.Check(
                $"row {row}", alone.AsSpan(row * Length * LstmReference.Vocabulary, count), packed.AsSpan(((row * Length) + start) * LstmReference.Vocabulary, count), LogitTolerance);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Greedy_text_is_the_references(int layers)
    {
        using var reference = new LstmReference(layers, rows: 1);
        var text = reference.Indices("prompt").ToList();
        var expected = reference.Indices("greedy");
        while (text.Count < expected.Length + 6)
        {
            var batch = new TrainingBatch(1, text.Count);
            text.CopyTo(batch.InputIds);
            for (var t = 0; t < text.Count; t++)
            {
                batch.PositionIds[t] = t;
            }

            var logits = reference.Engine.Logits(batch).AsSpan()[^LstmReference.Vocabulary..];
            text.Add(System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(logits));
        }

        Assert.Equal(expected, text[6..]);
    }

    private static string Name(bool given, string tensor) => (given ? "given_state." : "zero_state.") + tensor;
}

/// <summary>One of the two models of the reference data.</summary>
internal sealed class LstmReference : IDisposable
{
    public const int Vocabulary = 96;
    private readonly int _layers;
    private readonly SafetensorsFile _values;
    private readonly SafetensorsFile _gradients;

    public LstmReference(int layers, int rows)
    {
        _layers = layers;
        Shape = new LstmShape(layers, 16, 32, Vocabulary);
        _values = Open("reference");
        _gradients = Open("gradients");
        using var weights = Open("model");
        var parameters = LstmParameters.Allocate(Shape);
        foreach (var parameter in parameters)
        {
            weights.ReadNumbers(parameter.Name, parameter.Values);
        }

        Engine = new LstmEngine(Shape, parameters, TrainingPreset.Tiny, rows);
    }

    public LstmShape Shape { get; }

    public LstmEngine Engine { get; }

    public float[] Numbers(string name) => _values.ReadNumbers(name);

    public long[] Indices(string name) => _values.ReadIndices(name);

    public float[] Gradient(string name) => _gradients.ReadNumbers(name);

    public TrainingBatch Batch(bool given)
    {
        var batch = new TrainingBatch(3, 20);
        Indices("input_ids").CopyTo(batch.InputIds, 0);
        Indices("targets").CopyTo(batch.Labels, 0);
        for (var i = 0; i < batch.PositionIds.Length; i++)
        {
            // Position 0 would begin with an empty state.
            batch.PositionIds[i] = (i % 20) + (given ? 1 : 0);
        }

        return batch;
    }

    public void GiveState(ParameterSet state)
    {
        foreach (var (part, tensor) in new[] { ("h", "h0"), ("c", "c0") })
        {
            var values = Numbers(tensor);
            for (var layer = 0; layer < _layers; layer++)
            {
                var target = state[LstmGraph.StateOf(part, layer)].Values;
                values.AsSpan(layer * target.Length, target.Length).CopyTo(target);
            }
        }
    }

    public void CheckState(string prefix, ParameterSet state, double tolerance)
    {
        foreach (var (part, tensor) in new[] { ("h", "h_n"), ("c", "c_n") })
        {
            var expected = Numbers(prefix + tensor);
            for (var layer = 0; layer < _layers; layer++)
            {
                var found = state[LstmGraph.StateOf(part, layer)].Values;
                Close.Check($"{tensor} of layer {layer}", expected.AsSpan(layer * found.Length, found.Length), found, tolerance);
            }
        }
    }

    public void Dispose()
    {
        Engine.Dispose();
        _values.Dispose();
        _gradients.Dispose();
    }

    private SafetensorsFile Open(string part) =>
        SafetensorsFile.Open(Path.Combine(ProjectFolders.Shared("reference", "lstm-tiny"), $"{part}-{_layers}layer.safetensors"));
}
