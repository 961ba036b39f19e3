using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData(1, 0.1, "the first step already learns")]
    [InlineData(5, 0.5, "half way up")]
    [InlineData(10, 1.0, "the peak")]
    [InlineData(60, 0.55, "half way down the cosine, between 1 and 0.1")]
    [InlineData(110, 0.1, "the end")]
    public void The_rate_rises_in_a_line_and_falls_in_a_cosine(int step, double rate, string why)
    {
        var schedule = new LearningRateSchedule(Peak: 1, FinalShare: 0.1, WarmupSteps: 10, Steps: 110);

        Assert.True(Math.Abs(schedule.At(step) - rate) < 1e-12, why);
    }

    [Theory]
    [InlineData(10, 1.0)]
    [InlineData(60, 0.6)]
    [InlineData(110, 0.2)]
    public void A_linear_rate_falls_in_a_line(int step, double rate) =>
        Assert.Equal(rate, new LearningRateSchedule(1, 0.2, 10, 110, Linear: true).At(step), 1e-12);

    [Fact]
    public void The_rates_are_shown_as_a_curve()
    {
        var line = RateLine.Draw(new LearningRateSchedule(0.002, 0.1, 20, 400));

        Assert.StartsWith("▁", line, StringComparison.Ordinal);
        Assert.Equal('█', line[2]);
        Assert.Contains("up to 0.002 in 20 steps, then by a cosine to 0.0002", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_shorter_than_its_warm_up_still_comes_down()
    {
        var schedule = new LearningRateSchedule(Peak: 1, FinalShare: 0, WarmupSteps: 100, Steps: 20);

        Assert.Equal(1, schedule.At(2));
        Assert.Equal(0, schedule.At(20), 12);
    }

    [Fact]
    public void A_run_of_one_step_has_a_rate()
    {
        Assert.InRange(new LearningRateSchedule(Peak: 1, FinalShare: 0.1, WarmupSteps: 100, Steps: 1).At(1), 0.1, 1);
    }

    [Fact]
    public void The_smoothed_loss_of_equal_losses_is_that_loss_from_the_first_step_on()
    {
        var smoothed = default(SmoothedLoss);
        for (var step = 0; step < 100; step++)
        {
            smoothed = smoothed.With(4.5);
            Assert.Equal(4.5, smoothed.Value, 12);
        }
    }

    [Fact]
    public void The_smoothed_loss_is_the_weighted_mean_of_all_losses()
    {
        double[] losses = [5, 3, 4, 1];
        var weights = losses.Select((_, index) => Math.Pow(0.95, losses.Length - 1 - index)).ToArray();

        var smoothed = losses.Aggregate(default(SmoothedLoss), (average, loss) => average.With(loss));

        Assert.Equal(losses.Zip(weights, (loss, weight) => loss * weight).Sum() / weights.Sum(), smoothed.Value, 12);
    }

    [Theory]
    [InlineData(10, 30, 1)]
    [InlineData(4000, 200, 25)]
    public void Evaluations_are_neither_so_many_that_they_cost_nor_so_few_that_they_miss(int blocks, int steps, int interval)
    {
        var plan = TrainingPlan.For(TrainingPreset.Tiny with { Steps = steps, Rows = 8 }, blocks, validated: true);

        Assert.Equal(interval, plan.EvaluationInterval);
    }

    [Fact]
    public void A_pass_takes_no_more_rows_than_the_corpus_has_and_epochs_bound_the_steps()
    {
        var plan = TrainingPlan.For(TrainingPreset.Tiny with { Steps = 500, Epochs = 10, Rows = 8 }, blocks: 3, validated: true);

        Assert.Equal((3, 10), (plan.Rows, plan.Steps));
    }

    [Theory]
    [InlineData(1, 100, "a few lines still get some steps")]
    [InlineData(160, 280, "fourteen epochs of a small blog")]
    [InlineData(10_000, 500, "the budget, on a blog of any size")]
    public void Unless_epochs_are_given_small_corpora_are_not_learned_by_heart(int blocks, int steps, string why)
    {
        var plan = TrainingPlan.For(TrainingPreset.Tiny with { Steps = 500, Rows = 8 }, blocks, validated: true);

        Assert.True(plan.Steps == steps, $"{why}: {plan.Steps}");
    }
}
