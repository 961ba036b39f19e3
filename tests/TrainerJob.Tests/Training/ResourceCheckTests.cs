using Pipeline.Generation;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class ResourceCheckTests
{
    private const long Gigabyte = 1_000_000_000;
    private static readonly ModelShape Large = new(36, 20, 1280, 1024, 50257);
    private static readonly ModelShape ExtraLarge = new(48, 25, 1600, 1024, 50257);
    private static readonly ExecutionDevice Gpu = new(0);
    private static readonly TrainingPreset OneRow = TrainingPreset.Full with { Rows = 1 };

    [Fact]
    public void The_estimate_for_gpt2_is_near_what_was_measured()
    {
        // 124M parameters, 1 x 512 tokens, memory pattern off: 2.97 GB of resident memory.
        Assert.InRange(ResourceCheck.Memory(ModelShape.Gpt2, OneRow, 1, 512), 2.3e9, 3.6e9);
    }

    [Fact]
    public void Adapters_and_checkpointing_are_known_to_take_less()
    {
        // The same with adapters of rank 8 must stay below 1.9 GB; 1.5 billion parameters with adapters, block by block, below 10 GB.
        Assert.InRange(ResourceCheck.Memory(ModelShape.Gpt2, OneRow with { LoraRank = 8 }, 1, 512), 0.6e9, 1.9e9);
        Assert.InRange(ResourceCheck.Memory(ExtraLarge, OneRow with { LoraRank = 8, GradientCheckpointing = true }, 1, 256), 6e9, 10e9);
        Assert.True(ResourceCheck.Disk(ExtraLarge, OneRow with { LoraRank = 8 }) < ResourceCheck.Disk(ExtraLarge, OneRow) / 3);
    }

    [Fact]
    public void Too_little_memory_or_disk_is_said_before_the_start_with_a_way_out()
    {
        var memory = Assert.Throws<InputException>(() => ResourceCheck.Demand(ModelShape.Gpt2, OneRow, 1, 512, Gigabyte, 1L << 50, "/runs")).Message;
        var disk = Assert.Throws<InputException>(() => ResourceCheck.Demand(ModelShape.Gpt2, OneRow, 1, 512, 1L << 50, Gigabyte, "/runs")).Message;

        Assert.Contains("the machine has 1.0 GB", memory, StringComparison.Ordinal);
        Assert.Contains("Lower rows", memory, StringComparison.Ordinal);
        Assert.Contains("/runs has 1.0 GB left", disk, StringComparison.Ordinal);
        ResourceCheck.Demand(ModelShape.Gpt2, OneRow, 1, 512, 1L << 50, 1L << 50, "/runs");
    }

    [Fact]
    public void A_model_is_trained_as_fully_as_the_machine_allows()
    {
        var gpt2 = Choose(ModelShape.Gpt2, 16);
        var large = Choose(Large, 16);
        var extraLarge = Choose(ExtraLarge, 16);
        var small = Choose(ModelShape.Gpt2, 4);

        Assert.Equal((null, false), (gpt2.LoraRank, gpt2.GradientCheckpointing));
        Assert.Equal(8, large.LoraRank ?? (large.GradientCheckpointing ? 8 : 0));
        Assert.Equal(8, extraLarge.LoraRank);
        Assert.True(extraLarge.LearningRate > gpt2.LearningRate);
        Assert.True(ResourceCheck.Memory(ModelShape.Gpt2, small, small.Rows, small.Context) <= 4 * Gigabyte);

        static TrainingPreset Choose(ModelShape shape, long gigabytes) => MemoryFit.Choose(FineTuning.Adapt(TrainingPreset.Full, shape), shape, new MachineMemory(gigabytes * Gigabyte, ExecutionDevice.Cpu));
    }

    [Fact]
    public void The_memory_of_a_gpu_decides_beside_that_of_its_machine()
    {
        // 1.5 billion parameters on a GPU of 16 GB: weights, gradients and two moments take 25 GB, so they lie in host memory and are computed
        // with block by block where the machine has that much, and adapters are trained where it has not.
        var wide = Choose(ExtraLarge, 64, 16);
        var narrow = Choose(ExtraLarge, 16, 16);
        var tooSmall = Choose(ExtraLarge, 64, 4);
        var gpt2 = Choose(ModelShape.Gpt2, 64, 16);
        var unknown = Choose(ExtraLarge, 64, null);

        Assert.Equal((null, true), (wide.LoraRank, wide.GradientCheckpointing));
        Assert.Equal((8, 1), (narrow.LoraRank, narrow.Rows));
        Assert.Equal(FineTuning.Adapt(TrainingPreset.Full, ExtraLarge), tooSmall);
        Assert.Equal((null, false), (gpt2.LoraRank, gpt2.GradientCheckpointing));
        Assert.Equal((null, false), (unknown.LoraRank, unknown.GradientCheckpointing));
        foreach (var preset in new[] { wide, narrow })
        {
            Assert.InRange(ResourceCheck.Need(ExtraLarge, preset, preset.Rows, preset.Context, Gpu).Device, 6 * Gigabyte, 16 * Gigabyte);
        }

        static TrainingPreset Choose(ModelShape shape, long host, long? device) =>
            MemoryFit.Choose(FineTuning.Adapt(TrainingPreset.Full, shape), shape, new MachineMemory(host * Gigabyte, Gpu, device * Gigabyte));
    }

    [Fact]
    public void Too_little_memory_of_a_gpu_is_said_before_the_start()
    {
        var need = ResourceCheck.Need(ExtraLarge, OneRow, 1, 1024, Gpu);

        var message = Assert.Throws<InputException>(() => ResourceCheck.DemandOfDevice(need, new MachineMemory(64 * Gigabyte, Gpu, 8 * Gigabyte))).Message;

        Assert.Contains("cuda:0, which has 8.0 GB", message, StringComparison.Ordinal);
        ResourceCheck.DemandOfDevice(need, new MachineMemory(64 * Gigabyte, Gpu));
        Assert.Equal(0, ResourceCheck.Need(ModelShape.Gpt2, OneRow, 1, 512, ExecutionDevice.Cpu).Device);
    }

    [Fact]
    public void Larger_models_get_smaller_steps_and_a_budget_of_time_fewer_of_them()
    {
        var (gpt2, extraLarge) = (FineTuning.Adapt(TrainingPreset.Small, ModelShape.Gpt2), FineTuning.Adapt(TrainingPreset.Small, ExtraLarge));

        Assert.Equal(5e-5, gpt2.LearningRate, 1e-6);
        Assert.InRange(extraLarge.LearningRate, 5e-6, 1.5e-5);
        Assert.True(gpt2.Steps < TrainingPreset.Small.Steps && extraLarge.Steps <= gpt2.Steps);
        Assert.Equal(TrainingPreset.Full.Steps, FineTuning.Adapt(TrainingPreset.Full, ExtraLarge).Steps);
    }
}
