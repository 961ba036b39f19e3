using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs.Kernels.Matrices;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

public sealed class MemoryEstimateTests
{
    private const long Gigabyte = 1_000_000_000;

    [Fact]
    public void Weights_and_optimizer_state_are_counted_to_the_byte()
    {
        var estimate = MemoryEstimate.Of(ModelShape.Gpt2, 1, 128, new());
        Assert.Equal(4 * ModelShape.Gpt2.Parameters, estimate.Parameters);
        Assert.Equal(3 * estimate.Parameters, estimate.Training);
        Assert.Equal(4 * estimate.Parameters, MemoryEstimate.Of(ModelShape.Gpt2, 1, 128, new(), accumulation: 2).Training);
        Assert.Equal(12 * (768 + (3 * 768)) * 8 * 3 * 4, MemoryEstimate.Of(ModelShape.Gpt2, 1, 128, new() { Lora = new(8) }).Training);
    }

    [Fact]
    public void A_longer_batch_and_a_larger_model_take_more_and_dropout_hardly()
    {
        long Total(string name, int rows, int length) => MemoryEstimate.Of(Gpt2Shapes.Named(name)!, rows, length, new()).Total;
        Assert.True(Total("gpt2", 1, 256) < Total("gpt2", 1, 512));
        Assert.True(Total("gpt2", 1, 256) < Total("gpt2", 2, 256));
        Assert.Equal(Gpt2Shapes.All.Select(size => size.Name), Gpt2Shapes.All.Select(size => size.Name).OrderBy(name => Total(name, 1, 256)));

        // What is dropped is worked out again in the backward pass, so that no mask is kept; without AVX-512 the scores that are left are.
        var (without, with) = (MemoryEstimate.Of(ModelShape.Gpt2, 1, 256, new()).Total, MemoryEstimate.Of(ModelShape.Gpt2, 1, 256, new() { Dropout = 0.1 }).Total);
        Assert.InRange(with, without, (MatrixProduct.IsSupported ? 1.01 : 1.03) * without);
    }

    [Fact]
    public void Checkpointing_and_adapters_take_less()
    {
        var xl = Gpt2Shapes.Named("gpt2-xl")!;
        var full = MemoryEstimate.Of(xl, 1, 256, new()).Total;
        var checkpointed = MemoryEstimate.Of(xl, 1, 256, new() { GradientCheckpointing = true }).Total;
        var adapter = MemoryEstimate.Of(xl, 1, 256, new() { Lora = new(8), GradientCheckpointing = true }).Total;
        Assert.True(checkpointed < full);
        Assert.InRange(full, 25 * Gigabyte, 32 * Gigabyte);
        Assert.InRange(adapter, 6 * Gigabyte, 10 * Gigabyte);
    }

    [Theory]
    [InlineData("distilgpt2", 81_912_576)]
    [InlineData("gpt2", 124_439_808)]
    [InlineData("gpt2-medium", 354_823_168)]
    [InlineData("gpt2-large", 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    public void The_published_sizes_have_their_published_numbers_of_parameters(string name, long parameters) =>
        Assert.Equal(parameters, Gpt2Shapes.Named(name)!.Parameters);

    [Fact]
    public void Other_names_have_no_shape() => Assert.Null(Gpt2Shapes.Named("gpt3"));
}
