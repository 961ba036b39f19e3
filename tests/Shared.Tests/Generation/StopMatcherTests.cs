using FsCheck;
using FsCheck.Fluent;
using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class StopMatcherTests
{
    private static readonly Gen<string> Short = Gen.Elements('a', 'b', '\n').ArrayOf().Resize(5).Select(characters => new string(characters));

    private static readonly Arbitrary<(string[] Pieces, string[] Stops)> Cases = (
        from pieces in Short.ArrayOf().Resize(8)
        from stops in Short.Where(stop => stop.Length > 0).ArrayOf().Resize(3)
        select (pieces, stops)).ToArbitrary();

    [Fact]
    public void The_text_ends_before_the_stop_that_is_complete_first_however_it_is_cut_into_pieces() =>
        Prop.ForAll(Cases, sample =>
        {
            var matcher = new StopMatcher(sample.Stops);
            var released = "";
            foreach (var piece in sample.Pieces)
            {
                released += matcher.Append(piece);
                // What has gone out stays: it is never part of a stop text.
                Assert.StartsWith(released, Expected(string.Concat(sample.Pieces), sample.Stops).Text, StringComparison.Ordinal);
            }

            released += matcher.Flush();
            Assert.Equal(Expected(string.Concat(sample.Pieces), sample.Stops), (released, matcher.Stopped));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Text_is_released_as_soon_as_no_stop_can_begin_with_it()
    {
        var matcher = new StopMatcher(["END."]);
        Assert.Equal("the ", matcher.Append("the E"));
        Assert.Equal("E", matcher.Append("EN"));
        Assert.Equal("ENd", matcher.Append("d"));
        Assert.Equal("", matcher.Append("END"));
        Assert.Equal("", matcher.Append(". more"));
        Assert.True(matcher.Stopped);
        Assert.Equal("", matcher.Flush());
    }

    private static (string Text, bool Stopped) Expected(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            if (stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length) is { } stop)
            {
                return (text[..(end - stop.Length)], true);
            }
        }

        return (text, false);
    }
}
