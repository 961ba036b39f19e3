using Pipeline.Deployment;

namespace Pipeline.Shared.Tests.Deployment;

public sealed class MetricExpressionTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    // Minutes ago and value.
    private static readonly (int Ago, double Value)[] Rewards = [(120, 1.0), (4, 0.2), (2, 0.6), (1, 0.4)];

    [Theory]
    [InlineData("reward.mean(5m) < 0.5", true)]
    [InlineData("reward.mean(3h) < 0.5", false)]
    [InlineData("reward.mean(3h)>0.5", true)]
    [InlineData("reward.min(300s) <= 0.2", true)]
    [InlineData("reward.max(5m) >= 0.6", true)]
    [InlineData("reward.last(1d) == 0.4", true)]
    [InlineData("reward.count(5m) == 3", true)]
    [InlineData("reward.count(5m) >= 3 and reward.mean(5m) < 0.5", true)]
    [InlineData("reward.count(5m) > 3 and reward.mean(5m) < 0.5", false)]
    [InlineData("closed.count(7d) == 0", true)]
    [InlineData("closed.mean(7d) < 1", false)]
    [InlineData("perplexity > 40", true)]
    [InlineData("perplexity > 50", false)]
    public void A_threshold_holds_or_does_not(string expression, bool expected) =>
        Assert.Equal(expected, MetricExpression.Parse(expression).Holds(Values, Now));

    [Theory]
    [InlineData("")]
    [InlineData("reward < 0.5")]
    [InlineData("reward.mean < 0.5")]
    [InlineData("reward.mean(0m) < 0.5")]
    [InlineData("reward.mean(5y) < 0.5")]
    [InlineData("perplexity.mean(5m) < 0.5")]
    [InlineData("mood.mean(5m) < 0.5")]
    [InlineData("reward.mean(5m) < low")]
    [InlineData("reward.mean(5m) < 0.5 and")]
    public void What_is_no_threshold_is_told_with_an_example(string expression) =>
        Assert.Contains("reward.mean(5m) < 0.5", Assert.Throws<FormatException>(() => MetricExpression.Parse(expression)).Message, StringComparison.Ordinal);

    private static double[] Values(string metric, DateTimeOffset since) => metric switch
    {
        "reward" => [.. Rewards.Where(reward => Now.AddMinutes(-reward.Ago) > since).Select(reward => reward.Value)],
        MetricExpression.Perplexity => [41],
        _ => [],
    };
}
