using FsCheck;
using FsCheck.Fluent;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Tests.Graphs;

public sealed class MemoryPoolTests
{
    private const long Size = 1 << 20;

    [Fact]
    public void Places_lie_within_the_range_apart_from_each_other_and_on_cache_lines()
    {
        // Each number asks for so many bytes, or gives back one of the places that are taken.
        var cases = Gen.Choose(-20, 5000).ListOf(300);
        Prop.ForAll(cases.ToArbitrary(), steps =>
        {
            var pool = new MemoryPool(Size);
            var taken = new List<(long Start, long Length)>();
            foreach (var step in steps)
            {
                if (step <= 0 && taken.Count > 0)
                {
                    var index = -step % taken.Count;
                    pool.Return(taken[index].Start);
                    taken.RemoveAt(index);
                }
                else if (pool.Take(Math.Abs(step)) is { } start)
                {
                    taken.Add((start, Math.Abs(step)));
                }
            }

            taken.Sort();
            Assert.All(taken, place => Assert.True(place.Start >= 0 && place.Start % 64 == 0 && place.Start + place.Length <= Size));
            Assert.All(taken.Zip(taken.Skip(1)), pair => Assert.True(pair.First.Start + pair.First.Length <= pair.Second.Start));
            taken.ForEach(place => pool.Return(place.Start));
            Assert.Equal(0, pool.Take(Size));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void What_was_given_back_is_used_before_what_never_was()
    {
        var pool = new MemoryPool(Size);
        var first = pool.Take(1000)!.Value;
        var second = pool.Take(3000)!.Value;
        pool.Take(64);
        pool.Return(first);
        pool.Return(second);
        var extent = pool.Extent;

        Assert.Equal(first, pool.Take(4000));
        Assert.Equal(extent, pool.Extent);
    }

    [Fact]
    public void A_range_that_is_full_has_no_place_left()
    {
        var pool = new MemoryPool(256);

        Assert.NotNull(pool.Take(200));
        Assert.Null(pool.Take(1));
    }
}
