using Pipeline.Generation;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class ResourceCheckTests
{
    private const long Plenty = 1L << 50;

    [Fact]
    public void The_estimate_for_gpt2_is_near_what_was_measured()
    {
        // Measured on one row of 512 tokens without a memory plan: 2.97 GB.
        Assert.InRange(ResourceCheck.Memory(ModelShape.Gpt2, 1, 512), 2.2e9, 3.8e9);
    }

    [Fact]
    public void Too_little_memory_or_disk_is_said_before_the_start_with_a_way_out()
    {
        Assert.Contains("Lower rows", Demand(memory: 1L << 30, disk: Plenty).Message, StringComparison.Ordinal);
        Assert.Contains("Make room", Demand(memory: Plenty, disk: 1L << 30).Message, StringComparison.Ordinal);
        ResourceCheck.Demand(ModelShape.Gpt2, 1, 512, Plenty, Plenty, "runs");
    }

    private static InputException Demand(long memory, long disk) =>
        Assert.Throws<InputException>(() => ResourceCheck.Demand(ModelShape.Gpt2, 1, 512, memory, disk, "runs"));
}
