using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class SelfTestTests
{
    private const int Vocabulary = 20;
    private readonly PackedBlocks _blocks = PackedBlocks.Pack([[.. Enumerable.Range(0, 60).Select(i => i * i % Vocabulary)]], 32, 0);

    [Fact]
    public void An_engine_that_learns_passes()
    {
        var result = Run(new BigramEngine(Vocabulary), learningRate: 0.5);

        Assert.True(result.After < 0.9 * result.Before);
    }

    [Fact]
    public void A_rate_too_small_to_learn_by_fails_with_the_figures() =>
        Assert.Contains("only", Assert.Throws<SelfTestException>(() => Run(new BigramEngine(Vocabulary), 1e-9)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_loss_that_is_no_number_fails() =>
        Assert.Contains("no number", Assert.Throws<SelfTestException>(() => Run(new BigramEngine(Vocabulary) { Pretend = _ => double.NaN }, 0.5)).Message, StringComparison.Ordinal);

    private SelfTestResult Run(BigramEngine engine, double learningRate) => SelfTest.Run(
        engine,
        _blocks,
        TrainingPlan.For(TrainingPreset.Tiny with { LearningRate = learningRate }, _blocks.Count, validated: false),
        TimeProvider.System,
        TestContext.Current.CancellationToken);
}
