using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class RandomStreamTests
{
    [Fact]
    public void The_numbers_are_those_of_xoshiro256_star_star()
    {
        // From state 1, 2, 3, 4 by the reference code of its authors.
        ulong[] expected = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625];
        var stream = new RandomStream([1, 2, 3, 4]);
        Assert.Equal(expected, expected.Select(_ => stream.NextBits()));
    }

    [Fact]
    public void Seeds_are_spread_by_splitmix64()
    {
        // The first four outputs of splitmix64 from 0, by its reference code, as the state.
        var spread = new RandomStream([0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec]);
        var seeded = new RandomStream(0);
        Assert.Equal(spread.NextBits(), seeded.NextBits());
        Assert.Equal(spread.NextBits(), seeded.NextBits());
    }

    [Fact]
    public void Numbers_lie_in_the_unit_interval_and_average_one_half()
    {
        var stream = new RandomStream(7);
        var numbers = Enumerable.Range(0, 10_000).Select(_ => stream.NextDouble()).ToList();
        Assert.All(numbers, number => Assert.InRange(number, 0, 1 - double.Epsilon));
        // Four standard deviations of the mean.
        Assert.InRange(numbers.Average(), 0.5 - 0.0116, 0.5 + 0.0116);
    }
}
