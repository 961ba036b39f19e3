using Pipeline.Generation;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Tests.Models;

public sealed class Gpt2InitializerTests
{
    private static readonly ModelShape Shape = new(Layers: 3, Heads: 2, Width: 64, Context: 32, Vocabulary: 100);

    [Fact]
    public void Weights_have_the_deviations_of_gpt2()
    {
        using var parameters = Gpt2Initializer.Random(Shape, seed: 3);
        AssertDeviation(0.02, parameters["transformer.wte.weight"]);
        AssertDeviation(0.02, parameters["transformer.h.1.mlp.c_fc.weight"]);
        AssertDeviation(0.02 / Math.Sqrt(6), parameters["transformer.h.1.mlp.c_proj.weight"]);
        AssertDeviation(0.02 / Math.Sqrt(6), parameters["transformer.h.2.attn.c_proj.weight"]);
        Assert.All(parameters["transformer.h.0.ln_1.weight"].Values.ToArray(), value => Assert.Equal(1, value));
        Assert.All(parameters["transformer.h.0.attn.c_attn.bias"].Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_seed_decides_the_weights()
    {
        using var one = Gpt2Initializer.Random(Shape, seed: 4);
        using var same = Gpt2Initializer.Random(Shape, seed: 4);
        using var other = Gpt2Initializer.Random(Shape, seed: 5);
        Assert.Equal(one[0].Values.ToArray(), same[0].Values.ToArray());
        Assert.NotEqual(one[0].Values.ToArray(), other[0].Values.ToArray());
        Assert.NotEqual(one["transformer.h.0.mlp.c_fc.weight"].Values.ToArray(), one["transformer.h.1.mlp.c_fc.weight"].Values.ToArray());
    }

    [Fact]
    public void There_are_as_many_parameters_as_the_shape_says()
    {
        using var parameters = Gpt2Initializer.Random(Shape, seed: 6);
        Assert.Equal(Shape.Parameters, parameters.Elements);
    }

    private static void AssertDeviation(double expected, Parameter parameter)
    {
        var deviation = Math.Sqrt(parameter.Values.ToArray().Average(value => (double)value * value));
        Assert.InRange(deviation, 0.95 * expected, 1.05 * expected);
    }
}
