using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

public sealed class DropoutTests : IDisposable
{
    private const double Rate = 0.3;

    private static readonly ModelShape Shape = new(Layers: 2, Heads: 2, Width: 16, Context: 24, Vocabulary: 41);
    private static readonly TrainingEngineOptions Dropping = new() { Dropout = Rate, Seed = 5 };

    private readonly List<IDisposable> _opened = [];

    [Fact]
    public void What_is_dropped_follows_from_seed_update_and_row_alone()
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 1);
        var engine = Engine(Dropping);
        double Loss()
        {
            var loss = engine.Accumulate(batch, 1).SummedLoss;
            engine.DiscardGradients();
            return loss;
        }

        var first = Loss();
        Assert.Equal(first, Loss());
        Assert.Equal(first, Engine(Dropping).Accumulate(batch, 1).SummedLoss);
        Assert.NotEqual(first, Engine(Dropping with { Seed = 6 }).Accumulate(batch, 1).SummedLoss);
        engine.Updates = 1;
        Assert.NotEqual(first, Loss());
    }

    [Fact]
    public void Nothing_is_dropped_in_an_evaluation()
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 2);
        Assert.Equal(Engine(new()).Evaluate(batch), Engine(Dropping).Evaluate(batch));
    }

    [Theory]
    [InlineData(GraphOperators.Portable, false)]
    [InlineData(GraphOperators.Portable, true)]
    [InlineData(GraphOperators.Kernels, true)]
    public void Every_form_of_the_graph_drops_the_same(GraphOperators operators, bool checkpointing)
    {
        var batch = Batches.Random(3, 12, Shape.Vocabulary, seed: 3);
        var (one, other) = (Engine(Dropping), Engine(Dropping with { Operators = operators, GradientCheckpointing = checkpointing }));
        Assert.Equal(one.Accumulate(batch, 1).SummedLoss, other.Accumulate(batch, 1).SummedLoss, 1e-4);
        foreach (var (expected, actual) in one.Gradients.Zip(other.Gradients))
        {
            Close.Check(expected.Name, expected.Values, actual.Values, 2e-5);
        }
    }

    [Fact]
    public void Micro_batches_drop_what_the_big_batch_does()
    {
        var batch = Batches.Random(4, 12, Shape.Vocabulary, seed: 4);
        var (whole, parts) = (Engine(Dropping), Engine(Dropping));
        whole.Accumulate(batch, 0.01);
        foreach (var (first, count) in new[] { (0, 1), (1, 2), (3, 1) })
        {
            parts.Accumulate(Batches.Rows(batch, first, count), 0.01);
        }

        foreach (var (expected, actual) in whole.Gradients.Zip(parts.Gradients))
        {
            Close.Check(expected.Name, expected.Values, actual.Values, 1e-6);
        }
    }

    [Fact]
    public void Gradients_are_the_differences_of_the_loss_with_the_same_dropped()
    {
        const float Step = 1e-2f;
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 5);
        var engine = Engine(Dropping);
        engine.Accumulate(batch, 1);
        var gradients = engine.Gradients.ToDictionary(gradient => gradient.Name, gradient => gradient.Values.ToArray());
        var random = new Random(6);
        foreach (var parameter in engine.Trainable)
        {
            var original = parameter.Values.ToArray();
            var direction = original.Select(_ => random.NextSingle() - 0.5f).ToArray();
            double Along(float step)
            {
                original.Zip(direction, (value, way) => value + (step * way)).ToArray().CopyTo(parameter.Values);
                engine.DiscardGradients();
                return engine.Accumulate(batch, 1).SummedLoss;
            }

            var difference = (Along(Step) - Along(-Step)) / (2 * Step);
            original.CopyTo(parameter.Values);
            var expected = direction.Zip(gradients[parameter.Name], (way, gradient) => (double)way * gradient).Sum();
            Assert.Equal(expected, difference, Math.Max(2e-2, 0.03 * Math.Abs(expected)));
        }
    }

    [Fact]
    public void A_run_with_dropout_continues_to_the_bit()
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 7);
        var (first, second) = (Engine(Dropping), Engine(Dropping));
        Steps(first, batch, 1, 6);
        Steps(second, batch, 1, 3);
        var third = Engine(Dropping);
        foreach (var (source, target) in second.Trainable.Zip(third.Trainable))
        {
            source.Values.CopyTo(target.Values);
        }

        third.OptimizerState.FirstMoments.CopyFrom(second.OptimizerState.FirstMoments);
        third.OptimizerState.SecondMoments.CopyFrom(second.OptimizerState.SecondMoments);
        third.Updates = 3;
        Steps(third, batch, 4, 6);
        Assert.All(first.Trainable.Zip(third.Trainable), pair => Assert.True(pair.First.Values.SequenceEqual(pair.Second.Values), pair.First.Name));
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(0.5f)]
    public void The_share_that_is_dropped_is_the_rate_and_rows_have_nothing_in_common(float rate)
    {
        var (one, other) = (new bool[100_000], new bool[100_000]);
        DropoutMask.Of(key: 1, row: 1, rate).Write(one);
        DropoutMask.Of(key: 1, row: 2, rate).Write(other);

        // Five deviations of a binomial count.
        var tolerance = 5 * Math.Sqrt(rate * (1 - rate) / one.Length);
        Assert.Equal(1 - rate, one.Count(kept => kept) / (double)one.Length, tolerance);
        Assert.Equal((1 - rate) * (1 - rate), one.Zip(other).Count(pair => pair.First && pair.Second) / (double)one.Length, tolerance);
        Assert.Equal((1 - rate) * (1 - rate), one.Zip(one.Skip(1)).Count(pair => pair.First && pair.Second) / (double)one.Length, tolerance);
    }

    public void Dispose() => Enumerable.Reverse(_opened).ToList().ForEach(opened => opened.Dispose());

    private static void Steps(TrainingEngine engine, TrainingBatch batch, int first, int last)
    {
        for (var step = first; step <= last; step++)
        {
            engine.Accumulate(batch, 1e-2);
            engine.Update(new AdamWOptions(), step, 1e-3, 1);
        }
    }

    private TrainingEngine Engine(TrainingEngineOptions options)
    {
        var parameters = Gpt2Initializer.Random(Shape, seed: 1);
        var engine = new TrainingEngine(Shape, parameters, options);
        _opened.Add(parameters);
        _opened.Add(engine);
        return engine;
    }
}
