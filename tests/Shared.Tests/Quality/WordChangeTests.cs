using FsCheck;
using FsCheck.Fluent;
using Pipeline.Quality;

namespace Pipeline.Shared.Tests.Quality;

public sealed class WordChangeTests
{
    [Theory]
    [InlineData("a b c d", "a b c d", 0, 0)]
    [InlineData("a b c d", "a b", 0.5, 0)]
    [InlineData("a b c d", "a x c y", 0.5, 0.5)]
    [InlineData("a b c d", "w x y z", 1, 1)]
    [InlineData("a b", "a b c d", 0.5, 0.5)]
    [InlineData("", "", 0, 0)]
    [InlineData("a", "", 1, 0)]
    [InlineData("a  b\nc", "a b c", 0, 0)]
    public void The_share_changed_and_the_share_rewritten(string before, string after, double changed, double rewritten)
    {
        Assert.Equal(changed, WordChange.Changed(before, after), 9);
        Assert.Equal(rewritten, WordChange.Rewritten(before, after), 9);
    }

    [Fact]
    public void It_agrees_with_the_plain_table_of_common_subsequences() => Prop.ForAll(
        Gen.Choose(0, 3).ArrayOf().Resize(150).Two().ToArbitrary(),
        pair =>
        {
            var (first, second) = pair;
            var table = new int[first.Length + 1, second.Length + 1];
            for (var i = 1; i <= first.Length; i++)
            {
                for (var j = 1; j <= second.Length; j++)
                {
                    table[i, j] = first[i - 1] == second[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
                }
            }

            var longer = Math.Max(first.Length, second.Length);
            var wanted = longer == 0 ? 0 : 1 - ((double)table[first.Length, second.Length] / longer);
            return Math.Abs(wanted - WordChange.Changed(string.Join(' ', first), string.Join(' ', second))) < 1e-9;
        }).QuickCheckThrowOnFailure();
}
