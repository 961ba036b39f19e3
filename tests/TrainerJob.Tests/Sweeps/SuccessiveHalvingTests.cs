using Pipeline.TrainerJob.Sweeps;

namespace Pipeline.TrainerJob.Tests.Sweeps;

public sealed class SuccessiveHalvingTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 4)]
    [InlineData(8, 4)]
    public void One_trial_is_left_for_the_last_round(int trials, int rounds) => Assert.Equal(rounds, SuccessiveHalving.Rounds(trials));

    [Fact]
    public void Each_round_goes_twice_as_far_and_the_last_to_the_end() =>
        Assert.Equal([25, 50, 100, 200], Enumerable.Range(0, 4).Select(round => SuccessiveHalving.StepsOf(round, 4, 200)));

    [Fact]
    public void The_better_half_goes_on_and_what_failed_does_not()
    {
        List<SweepTrial> trials = [Trial(1, 3.0), Trial(2, 2.0), Trial(3, null), Trial(4, 2.5), Trial(5, 2.0), Trial(6, 1.0, "diverged")];

        Assert.Equal([2, 5, 4], SuccessiveHalving.Survivors(trials, 1).Select(trial => trial.Number));
        Assert.Equal([2, 5], SuccessiveHalving.Survivors(trials, 2).Select(trial => trial.Number));
    }

    private static SweepTrial Trial(int number, double? loss, string? failure = null) => new() { Number = number, LearningRate = 0.1, Epochs = 1, Loss = loss, Failure = failure };
}
