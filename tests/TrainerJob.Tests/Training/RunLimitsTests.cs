using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class RunLimitsTests
{
    private static readonly RunLimits Limits = new(TimeSpan.FromMinutes(10), PricePerHour: 3, MostCost: 0.4, MostCopied: 50);

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(479, 49, null)]
    [InlineData(480, 0, "Cost")]
    [InlineData(600, 0, "Cost")]
    [InlineData(1, 50, "Memorised")]
    public void Whichever_comes_first_ends_the_run(double seconds, int copied, string? reason) =>
        Assert.Equal(reason, Limits.Reached(seconds, copied)?.ToString());

    [Fact]
    public void Without_a_price_the_clock_alone_counts()
    {
        var limits = Limits with { PricePerHour = null, MostCost = null };

        Assert.Equal((null, StopReason.Time), (limits.Reached(599, 0), limits.Reached(600, 0)));
        Assert.Null(limits.Cost(3600));
    }

    [Fact]
    public void Clock_and_purse_together_say_how_long_a_run_may_take() =>
        Assert.Equal((TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(5), null), (Limits.LongestTime, (Limits with { Time = TimeSpan.FromMinutes(5) }).LongestTime, RunLimits.None.LongestTime));
}
