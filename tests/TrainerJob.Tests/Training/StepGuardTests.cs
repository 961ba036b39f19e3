using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class StepGuardTests
{
    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(4, double.NaN)]
    [InlineData(4, double.PositiveInfinity)]
    public void What_is_no_number_is_never_learned_from(double loss, double norm)
    {
        Assert.NotNull(default(StepGuard).Judge(loss, norm));
    }

    [Fact]
    public void A_loss_far_above_the_others_is_an_outlier()
    {
        Assert.NotNull(After(50).Judge(9, 1));
    }

    [Fact]
    public void A_loss_that_only_a_spoilt_model_has_is_refused_from_the_first_step_on() =>
        Assert.Contains("guessing", default(StepGuard).Judge(16, 1, ceiling: 15), StringComparison.Ordinal);

    [Fact]
    public void Ordinary_scatter_is_no_outlier()
    {
        Assert.Null(After(50).Judge(4.9, 1));
    }

    [Fact]
    public void The_first_steps_are_not_judged_by_the_few_before_them()
    {
        Assert.Null(After(5).Judge(12, 1));
    }

    [Fact]
    public void A_fall_is_never_an_outlier()
    {
        Assert.Null(After(50).Judge(0.01, 1));
    }

    private static StepGuard After(int steps)
    {
        var random = new Random(5);
        return Enumerable.Range(0, steps).Aggregate(default(StepGuard), (guard, _) => guard.Accept(4 + random.NextDouble() * 0.4));
    }
}
