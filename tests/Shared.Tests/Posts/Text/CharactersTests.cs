namespace Pipeline.Shared.Tests.Posts.Text;

public sealed class CharactersTests
{
    [Theory]
    [InlineData("\uFEFFa\r\nb\rc\n\r\n", "a b c")]
    [InlineData("a\u200Bb\u00ADc\u2060d\uFEFFe\u0007f\0g\u0085h", "abcdefgh")]
    [InlineData("a\u00A0b\u2009c\u202Fd \u00A0 e\u3000f", "a b c d e f")]
    [InlineData("\u00A0\u00A0\u00A0\u00A0a", "a")]
    [InlineData("a\uFFFDb", "a\uFFFDb")]
    [InlineData("\U0001F468\u200D\U0001F469\u200D\U0001F467 a\u200Db", "\U0001F468\u200D\U0001F469\u200D\U0001F467 ab")]
    [InlineData("\u2764\uFE0F\u200D\U0001F525", "\u2764\uFE0F\u200D\U0001F525")]
    [InlineData("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 a\u200Cb", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 ab")]
    [InlineData("\u0915\u094D\u200C\u0937", "\u0915\u094D\u200C\u0937")]
    [InlineData(":tada: 🎉", ":tada: 🎉")]
    public void Nothing_invisible_is_left(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Fact]
    public void Halves_of_surrogate_pairs_and_noncharacters_are_dropped() =>
        Assert.Equal("abcde", Extracted.Markdown("a\ud800b\udc00c\ufddad\uffffe"));

    [Fact]
    public void Odd_blanks_in_code_are_spaces_and_tabs_stay() =>
        Assert.Equal("a  b\n\tc", Extracted.Markdown("```\na\u00A0\u00A0b\n\tc\u00A0\n```"));
}
