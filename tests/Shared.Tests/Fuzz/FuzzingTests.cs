using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Fuzz;

/// <summary>The suite sees what it is there for.</summary>
[Collection(FuzzAlone.Name)]
public sealed class FuzzingTests
{
    private static readonly Fuzzing Words = new(["a sound example"u8.ToArray()], ["word"]) { Large = 1 };

    [Fact]
    public void A_reader_that_fails_is_found() =>
        Assert.Contains("Case 0, ", Found(_ => throw new FormatException("no")), StringComparison.Ordinal);

    [Fact]
    public void A_reader_that_allocates_too_much_is_found() =>
        Assert.Contains("It allocated ", Found(bytes => GC.KeepAlive(new byte[1_100_000 + (21 * bytes.Length)])), StringComparison.Ordinal);

    [Fact]
    public void A_reader_that_holds_too_much_of_a_large_input_is_found()
    {
        var large = 0;
        Assert.Contains("It held ", Found(bytes =>
        {
            // A large input is read once before anybody looks.
            if (bytes.Length >= 1_000_000 && ++large > 1)
            {
                var copies = Enumerable.Range(0, 60).Select(_ => bytes.ToArray()).ToList();
                var looks = GC.CollectionCount(GC.MaxGeneration) + 3;
                SpinWait.SpinUntil(() => GC.CollectionCount(GC.MaxGeneration) >= looks, TimeSpan.FromMinutes(2));
                GC.KeepAlive(copies);
            }
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_that_takes_too_long_is_found() =>
        Assert.Contains("It took ", Found(_ =>
        {
            for (var started = Environment.CpuUsage.TotalTime; Environment.CpuUsage.TotalTime - started < TimeSpan.FromSeconds(1.1);)
            {
                Thread.SpinWait(1000);
            }
        }), StringComparison.Ordinal);

    private static string Found(Action<byte[]> read) => Assert.Throws<InvalidOperationException>(() => Words.Run(3, read, _ => false)).Message;
}
