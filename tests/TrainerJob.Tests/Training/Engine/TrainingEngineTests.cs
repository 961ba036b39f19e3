using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

public sealed class TrainingEngineTests : IDisposable
{
    private const double Tolerance = 1e-6;

    private static readonly ModelShape Shape = new(Layers: 2, Heads: 3, Width: 24, Context: 40, Vocabulary: 61);

    private readonly List<IDisposable> _opened = [];

    [Theory]
    [InlineData(GraphOperators.Kernels, false)]
    [InlineData(GraphOperators.Portable, false)]
    [InlineData(GraphOperators.Kernels, true)]
    [InlineData(GraphOperators.Portable, true)]
    public void Micro_batches_add_up_to_the_big_batch(GraphOperators operators, bool checkpointing)
    {
        var batch = Batches.Random(rows: 6, length: 20, Shape.Vocabulary, seed: 1, labelled: 0.8);
        var (whole, parts) = (Engine(operators, checkpointing), Engine(operators, checkpointing));
        var scale = 1.0 / Batches.Count(batch);
        var loss = whole.Accumulate(batch, scale);
        var sum = new StepLoss(0, 0);
        foreach (var (first, count) in new[] { (0, 1), (1, 3), (4, 2) })
        {
            sum += parts.Accumulate(Batches.Rows(batch, first, count), scale);
        }

        Assert.Equal(loss.Tokens, sum.Tokens);
        Assert.Equal(loss.Mean, sum.Mean, Tolerance);
        Assert.Equal(whole.GradientNorm(), parts.GradientNorm(), Tolerance);
        foreach (var (expected, actual) in whole.Gradients.Zip(parts.Gradients))
        {
            Close.Check(expected.Name, expected.Values, actual.Values, Tolerance);
        }
    }

    [Fact]
    public void Packed_documents_are_computed_as_if_each_were_alone()
    {
        int[] lengths = [7, 1, 12, 5];
        var engine = Engine();
        var documents = lengths.Select((length, i) => Batches.Random(1, length, Shape.Vocabulary, seed: i)).ToList();
        var packed = Batches.Packed(documents, length: 32);
        var logits = engine.Logits(packed);
        var next = 0;
        foreach (var document in documents)
        {
            var alone = engine.Logits(document);
            Close.Check($"document at {next}", alone, logits.AsSpan(next * Shape.Vocabulary, alone.Length), 1e-5);
            next += document.Length;
        }

        Assert.Equal(
            documents.Sum(document => engine.Evaluate(document).SummedLoss),
            engine.Evaluate(packed).SummedLoss,
            1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Padding_on_either_side_changes_neither_loss_nor_gradients(bool checkpointing)
    {
        var document = Batches.Random(1, 15, Shape.Vocabulary, seed: 3);
        var padded = new TrainingBatch(2, 24);
        Array.Fill(padded.Segments, -1);
        Array.Fill(padded.InputIds, 5);
        foreach (var start in new[] { 9, 24 })
        {
            document.InputIds.CopyTo(padded.InputIds, start);
            document.PositionIds.CopyTo(padded.PositionIds, start);
            document.Segments.CopyTo(padded.Segments, start);
            document.Labels.CopyTo(padded.Labels, start);
        }

        var (alone, both) = (Engine(checkpointing: checkpointing), Engine(checkpointing: checkpointing));
        var expected = alone.Accumulate(document, 1.0);
        var actual = both.Accumulate(padded, 0.5);
        Assert.Equal(2 * expected.SummedLoss, actual.SummedLoss, 1e-4);
        foreach (var (one, other) in alone.Gradients.Zip(both.Gradients))
        {
            Close.Check(one.Name, one.Values, other.Values, 2e-5);
        }
    }

    [Theory]
    [InlineData(0.45)]
    [InlineData(0.2)]
    [InlineData(0.05)]
    public void Few_labels_give_the_same_as_all_rows_with_weights(double labelled)
    {
        var batch = Batches.Random(rows: 4, length: 30, Shape.Vocabulary, seed: 4, labelled);
        var (one, two) = (Engine(), Engine());
        var loss = one.Accumulate(batch, 1.0);
        Assert.Equal(Batches.Count(batch), loss.Tokens);
        Assert.Equal(loss.SummedLoss, Loss(two.Logits(batch), batch), 1e-4);
        Assert.Equal(loss.SummedLoss, one.Evaluate(batch).SummedLoss, 1e-4);

        // The portable operators take the same rows by another way.
        var portable = Engine(GraphOperators.Portable);
        portable.Accumulate(batch, 1.0);
        foreach (var (expected, actual) in portable.Gradients.Zip(one.Gradients))
        {
            Close.Check(expected.Name, expected.Values, actual.Values, 2e-5);
        }
    }

    [Fact]
    public void Two_runs_are_equal_to_the_bit()
    {
        var batch = Batches.Random(rows: 8, length: 32, Shape.Vocabulary, seed: 5);
        var (one, two) = (Engine(), Engine());
        for (var step = 1; step <= 5; step++)
        {
            Assert.Equal(one.Accumulate(batch, 1e-2), two.Accumulate(batch, 1e-2));
            Assert.Equal(one.GradientNorm(), two.GradientNorm());
            one.Update(new AdamWOptions(), step, 1e-3, 1);
            two.Update(new AdamWOptions(), step, 1e-3, 1);
        }

        Assert.Equal(one.Logits(batch), two.Logits(batch));
    }

    [Fact]
    public void A_run_continues_to_the_bit_from_parameters_and_optimizer_state()
    {
        var batch = Batches.Random(rows: 4, length: 16, Shape.Vocabulary, seed: 6);
        var (first, firstParameters) = EngineAndParameters();
        Steps(first, batch, 1, 3);
        var (second, secondParameters) = EngineAndParameters();
        secondParameters.CopyFrom(firstParameters);
        second.OptimizerState.FirstMoments.CopyFrom(first.OptimizerState.FirstMoments);
        second.OptimizerState.SecondMoments.CopyFrom(first.OptimizerState.SecondMoments);
        Steps(first, batch, 4, 6);
        Steps(second, batch, 4, 6);
        foreach (var (expected, actual) in firstParameters.Zip(secondParameters))
        {
            Assert.True(expected.Values.SequenceEqual(actual.Values), expected.Name);
        }
    }

    [Fact]
    public void One_batch_can_be_learnt_by_heart()
    {
        var batch = Batches.Random(rows: 2, length: 12, Shape.Vocabulary, seed: 7);
        var engine = Engine();
        for (var step = 1; step <= 150; step++)
        {
            engine.Accumulate(batch, 1.0 / Batches.Count(batch));
            engine.Update(new AdamWOptions { WeightDecay = 0 }, step, 1e-2, 1);
        }

        Assert.InRange(engine.Evaluate(batch).Mean, 0, 0.05);
    }

    [Fact]
    public void Weight_decay_shrinks_matrices_and_spares_vectors()
    {
        var (engine, parameters) = EngineAndParameters();
        var before = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Values.ToArray());

        // No gradient: what changes is decay alone.
        engine.Update(new AdamWOptions { WeightDecay = 0.5 }, 1, 0.1, 1);
        foreach (var parameter in parameters)
        {
            var factor = parameter.Shape.Length > 1 ? 0.95f : 1;
            Close.Check(parameter.Name, [.. before[parameter.Name].Select(value => value * factor)], parameter.Values, 1e-7);
        }
    }

    [Fact]
    public void A_batch_without_labels_has_no_loss_and_no_gradients()
    {
        var engine = Engine();
        var batch = Batches.Random(rows: 1, length: 4, Shape.Vocabulary, seed: 8, labelled: 0);
        Assert.Equal(default, engine.Evaluate(batch));
        Assert.Equal(default, engine.Accumulate(batch, 1));
        Assert.Equal(0, engine.GradientNorm());
        Assert.All(engine.Gradients, gradient => Assert.False(gradient.Values.ContainsAnyExcept(0f)));
    }

    [Fact]
    public void Discarded_gradients_leave_no_trace()
    {
        var batch = Batches.Random(rows: 2, length: 8, Shape.Vocabulary, seed: 9);
        var (one, two) = (Engine(), Engine());
        one.Accumulate(Batches.Random(rows: 2, length: 8, Shape.Vocabulary, seed: 10), 1);
        one.DiscardGradients();
        one.Accumulate(batch, 1);
        two.Accumulate(batch, 1);
        Assert.Equal(two.GradientNorm(), one.GradientNorm());
    }

    [Theory]
    [InlineData("token id", 61)]
    [InlineData("token id", -1)]
    [InlineData("position", 40)]
    [InlineData("label", 61)]
    [InlineData("label", -1)]
    public void Numbers_out_of_range_are_refused_by_name(string what, long value)
    {
        var batch = Batches.Random(rows: 1, length: 4, Shape.Vocabulary, seed: 11);
        var array = what switch { "token id" => batch.InputIds, "position" => batch.PositionIds, _ => batch.Labels };
        array[1] = value;
        var message = Assert.Throws<ArgumentException>(() => Engine().Accumulate(batch, 1)).Message;
        Assert.Contains($"{what} {value}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_of_another_shape_are_refused() =>
        Assert.Throws<ArgumentException>(() => new TrainingEngine(Shape with { Layers = 3 }, EngineAndParameters().Parameters, new TrainingEngineOptions()));

    public void Dispose() => Enumerable.Reverse(_opened).ToList().ForEach(opened => opened.Dispose());

    private static void Steps(TrainingEngine engine, TrainingBatch batch, int first, int last)
    {
        for (var step = first; step <= last; step++)
        {
            engine.Accumulate(batch, 1e-2);
            engine.Update(new AdamWOptions(), step, 1e-3, 1);
        }
    }

    /// <summary>The summed loss from scores, in float64.</summary>
    private static double Loss(float[] logits, TrainingBatch batch)
    {
        var sum = 0.0;
        for (var i = 0; i < batch.Labels.Length; i++)
        {
            if (batch.Labels[i] != TrainingBatch.Ignored)
            {
                var row = logits.AsSpan(i * Shape.Vocabulary, Shape.Vocabulary).ToArray();
                sum += Math.Log(row.Sum(score => Math.Exp(score))) - row[batch.Labels[i]];
            }
        }

        return sum;
    }

    private TrainingEngine Engine(GraphOperators operators = GraphOperators.Kernels, bool checkpointing = false) => EngineAndParameters(operators, checkpointing).Engine;

    private (TrainingEngine Engine, ParameterSet Parameters) EngineAndParameters(GraphOperators operators = GraphOperators.Kernels, bool checkpointing = false)
    {
        var parameters = Gpt2Initializer.Random(Shape, seed: 1);
        var engine = new TrainingEngine(Shape, parameters, new TrainingEngineOptions { Operators = operators, GradientCheckpointing = checkpointing });
        _opened.Add(parameters);
        _opened.Add(engine);
        return (engine, parameters);
    }
}
