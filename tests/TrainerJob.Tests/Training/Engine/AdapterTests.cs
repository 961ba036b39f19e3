using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

/// <summary>Training of a part of the model: adapters, and layers left as they are.</summary>
public sealed class AdapterTests : IDisposable
{
    private static readonly ModelShape Shape = new(Layers: 3, Heads: 2, Width: 16, Context: 24, Vocabulary: 41);

    private readonly List<IDisposable> _opened = [];

    public static MatrixTheoryData<GraphOperators, bool> Modes => new(Enum.GetValues<GraphOperators>(), [false, true]);

    [Fact]
    public void A_new_adapter_changes_nothing()
    {
        var batch = Batches.Random(2, 10, Shape.Vocabulary, seed: 1);
        var (plain, adapted) = (Engine(new()), Engine(new() { Lora = new(4, 8, LoraTargets.All) }));
        Assert.Equal(plain.Logits(batch), adapted.Logits(batch));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rank_0_is_the_frozen_model(bool checkpointing)
    {
        var batch = Batches.Random(2, 10, Shape.Vocabulary, seed: 2);
        var (plain, frozen) = (Engine(new()), Engine(new() { Lora = new(0), GradientCheckpointing = checkpointing }));
        Assert.Empty(frozen.Trainable);
        Assert.Equal(plain.Evaluate(batch), frozen.Evaluate(batch));
        Assert.Equal(plain.Accumulate(batch, 1).SummedLoss, frozen.Accumulate(batch, 1).SummedLoss, 1e-4);
        Assert.Empty(frozen.Gradients);
        Assert.Equal(0, frozen.GradientNorm());
        frozen.Update(new AdamWOptions(), 1, 0.1, 1);
        Assert.Equal(plain.Logits(batch), frozen.Logits(batch));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Gradients_of_an_adapter_are_the_differences_of_the_loss(GraphOperators operators, bool checkpointing)
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 3, labelled: 0.7);
        var engine = Engine(new() { Lora = new(3, 6, LoraTargets.All), Operators = operators, GradientCheckpointing = checkpointing });
        Disturb(engine.Adapter!, 0.2f);
        engine.Accumulate(batch, 1);
        Assert.Equal(Shape.Layers * 4 * 2, engine.Gradients.Count);
        CheckDirections(engine, batch);
    }

    [Fact]
    public void An_adapter_above_frozen_layers_has_the_same_gradients_block_by_block()
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 7);
        var options = new TrainingEngineOptions { Lora = new(3, 6, LoraTargets.All), FrozenLayers = 1 };
        var (whole, blocks) = (Engine(options), Engine(options with { GradientCheckpointing = true }));
        Disturb(whole.Adapter!, 0.2f);
        Disturb(blocks.Adapter!, 0.2f);
        Assert.Equal(whole.Accumulate(batch, 1).SummedLoss, blocks.Accumulate(batch, 1).SummedLoss, 1e-4);
        Assert.Equal(16, whole.Gradients.Count);
        foreach (var (expected, actual) in whole.Gradients.Zip(blocks.Gradients))
        {
            Close.Check(expected.Name, expected.Values, actual.Values, 2e-5);
        }
    }

    [Fact]
    public void A_model_with_its_adapter_merged_does_what_both_did()
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 4);
        var settings = new LoraSettings(3, 5, LoraTargets.All);
        var engine = Engine(new() { Lora = settings });
        Disturb(engine.Adapter!, 0.1f);
        var merged = Parameters();
        LoraAdapter.Merge(merged, engine.Adapter!, settings);
        var alone = new TrainingEngine(Shape, merged, new());
        _opened.Add(alone);
        Close.Check("logits", engine.Logits(batch), alone.Logits(batch), 2e-5);
    }

    [Theory]
    [InlineData(0, true, false)]
    [InlineData(0, true, true)]
    [InlineData(1, true, false)]
    [InlineData(1, true, true)]
    [InlineData(2, false, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    [InlineData(3, true, true)]
    [InlineData(3, false, false)]
    [InlineData(3, false, true)]
    public void What_is_frozen_stays_and_the_rest_has_its_usual_gradients(int layers, bool embeddings, bool checkpointing)
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 5);
        var (whole, part) = (Engine(new()), Engine(new() { FrozenLayers = layers, FrozenEmbeddings = embeddings, GradientCheckpointing = checkpointing }));
        whole.Accumulate(batch, 1);
        part.Accumulate(batch, 1);
        var expected = whole.Gradients.Where(gradient =>
            Gpt2Parameters.LayerOf(gradient.Name) is { } layer ? layer >= layers : !embeddings || !gradient.Name.Contains("wte", StringComparison.Ordinal) && !gradient.Name.Contains("wpe", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected.Select(gradient => gradient.Name), part.Gradients.Select(gradient => gradient.Name));
        foreach (var gradient in expected)
        {
            Close.Check(gradient.Name, gradient.Values, part.Gradients[gradient.Name].Values, 2e-5);
        }
    }

    [Fact]
    public void Only_the_adapter_is_moved_by_an_update()
    {
        var batch = Batches.Random(2, 12, Shape.Vocabulary, seed: 6);
        var parameters = Parameters();
        var engine = new TrainingEngine(Shape, parameters, new() { Lora = new(2), FrozenLayers = 1 });
        _opened.Add(engine);
        using var before = parameters.ZerosLike();
        before.CopyFrom(parameters);
        var loss = engine.Evaluate(batch).Mean;
        for (var step = 1; step <= 60; step++)
        {
            engine.Accumulate(batch, 1.0 / Batches.Count(batch));
            engine.Update(new AdamWOptions(), step, 1e-2, 1);
        }

        Assert.All(parameters.Zip(before), pair => Assert.True(pair.First.Values.SequenceEqual(pair.Second.Values), pair.First.Name));
        Assert.Equal(2 * 2, engine.OptimizerState.FirstMoments.Count);
        Assert.InRange(engine.Evaluate(batch).Mean, 0, loss - 0.1);
    }

    [Fact]
    public void Targets_are_named_as_in_peft()
    {
        Assert.Equal(LoraTargets.All, LoraSettings.Parse(["c_attn", "c_fc", "c_proj"]));
        Assert.Equal(LoraTargets.MlpOutput, LoraSettings.Parse(["mlp.c_proj"]));
        Assert.Contains("attn.c_attn", Assert.Throws<ArgumentException>(() => LoraSettings.Parse(["q_proj"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Assert.Contains("model has 3", Refused(new() { FrozenLayers = 4 }), StringComparison.Ordinal);
        Assert.Contains("Dropout is 1", Refused(new() { Dropout = 1 }), StringComparison.Ordinal);
        Assert.Contains("rank -1", Refused(new() { Lora = new(-1) }), StringComparison.Ordinal);
    }

    public void Dispose() => Enumerable.Reverse(_opened).ToList().ForEach(opened => opened.Dispose());

    private static void Disturb(ParameterSet set, float size)
    {
        var random = new Random(9);
        foreach (var parameter in set)
        {
            foreach (ref var value in parameter.Values)
            {
                value += size * (random.NextSingle() - 0.5f);
            }
        }
    }

    /// <summary>The gradient along a random direction of each tensor, against central differences of the loss.</summary>
    private static void CheckDirections(TrainingEngine engine, TrainingBatch batch)
    {
        const float Step = 1e-2f;
        var random = new Random(10);
        foreach (var parameter in engine.Trainable)
        {
            var original = parameter.Values.ToArray();
            var direction = original.Select(_ => random.NextSingle() - 0.5f).ToArray();
            double Along(float step)
            {
                original.Zip(direction, (value, way) => value + (step * way)).ToArray().CopyTo(parameter.Values);
                return engine.Evaluate(batch).SummedLoss;
            }

            var difference = (Along(Step) - Along(-Step)) / (2 * Step);
            original.CopyTo(parameter.Values);
            var expected = direction.Zip(engine.Gradients[parameter.Name].Values.ToArray(), (way, gradient) => (double)way * gradient).Sum();
            Assert.Equal(expected, difference, Math.Max(5e-3, 0.02 * Math.Abs(expected)));
        }
    }

    private string Refused(TrainingEngineOptions options) => Assert.Throws<ArgumentException>(() => Engine(options)).Message;

    private ParameterSet Parameters()
    {
        var parameters = Gpt2Initializer.Random(Shape, seed: 1);
        _opened.Add(parameters);
        return parameters;
    }

    private TrainingEngine Engine(TrainingEngineOptions options)
    {
        var engine = new TrainingEngine(Shape, Parameters(), options);
        _opened.Add(engine);
        return engine;
    }
}
