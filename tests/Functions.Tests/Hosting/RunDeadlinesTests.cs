using Pipeline.Functions.Hosting;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Hosting;

public sealed class RunDeadlinesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("00:15:00", null, 870, 220)]
    [InlineData("00:01:00", null, 48, 48)]
    [InlineData("00:15:00", "00:00:10", 8, 8)]
    [InlineData(null, null, 1770, 220)]
    public void Own_deadlines_lie_below_those_of_the_host(string? declared, string? overridden, int invocation, int http)
    {
        Declare(declared);
        var deadlines = RunDeadlines.Read(folder.FullName, name => name == RunDeadlines.OverrideVariable ? overridden : null);
        Assert.Equal(TimeSpan.FromSeconds(invocation), deadlines.Invocation);
        Assert.Equal(TimeSpan.FromSeconds(http), deadlines.Http);
        Assert.InRange(deadlines.Generation, TimeSpan.Zero, deadlines.Http);
    }

    [Fact]
    public void Without_a_limit_only_requests_have_one()
    {
        Declare("-1");
        var deadlines = RunDeadlines.Read(folder.FullName, _ => null);
        Assert.Equal(Timeout.InfiniteTimeSpan, deadlines.Invocation);
        Assert.Equal(TimeSpan.FromSeconds(220), deadlines.Http);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-00:01:00")]
    public void What_is_no_time_is_refused(string declared)
    {
        Declare(declared);
        Assert.Throws<FormatException>(() => RunDeadlines.Read(folder.FullName, _ => null));
    }

    private void Declare(string? timeout) =>
        File.WriteAllText(folder.Sub("host.json"), timeout is null ? """{"version":"2.0"}""" : $$"""{"version":"2.0","functionTimeout":"{{timeout}}"}""");
}
