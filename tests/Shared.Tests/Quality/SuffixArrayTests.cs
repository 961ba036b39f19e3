using FsCheck;
using FsCheck.Fluent;
using Pipeline.Quality;

namespace Pipeline.Shared.Tests.Quality;

public sealed class SuffixArrayTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "0")]
    [InlineData("banana", "5 3 1 0 4 2")]
    [InlineData("mississippi", "10 7 4 1 0 9 8 6 3 5 2")]
    [InlineData("aaaaa", "4 3 2 1 0")]
    [InlineData("abcde", "0 1 2 3 4")]
    [InlineData("edcba", "4 3 2 1 0")]
    public void Known_texts_are_in_known_order(string text, string order) =>
        Assert.Equal(order, string.Join(' ', SuffixArray.Build([.. text.Select(character => (int)character)], 128)));

    [Fact]
    public void Any_sequence_is_ordered_as_by_plain_sorting()
    {
        var sequences = from alphabet in Gen.Elements(1, 2, 3, 5, 30)
                        from length in Gen.Choose(0, 200)
                        from values in Gen.Choose(0, alphabet - 1).ArrayOf(length)
                        select values;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(sequences.ToArbitrary(), text =>
            Assert.Equal(Plainly(text), SuffixArray.Build(text, 30))));
    }

    [Fact]
    public void Long_repetitions_are_ordered()
    {
        int[] period = [3, 1, 4, 1, 5, 9, 2, 6];
        int[] text = [.. Enumerable.Range(0, 400).Select(index => period[index % period.Length])];
        Assert.Equal(Plainly(text), SuffixArray.Build(text, 10));
        // Words of Fibonacci nest repetitions in repetitions.
        var (word, next) = ("a", "ab");
        while (next.Length < 600)
        {
            (word, next) = (next, next + word);
        }

        int[] fibonacci = [.. next.Select(character => character - 'a')];
        Assert.Equal(Plainly(fibonacci), SuffixArray.Build(fibonacci, 2));
    }

    private static int[] Plainly(int[] text)
    {
        var order = Enumerable.Range(0, text.Length).ToArray();
        Array.Sort(order, (first, second) => text.AsSpan(first).SequenceCompareTo(text.AsSpan(second)));
        return order;
    }
}
