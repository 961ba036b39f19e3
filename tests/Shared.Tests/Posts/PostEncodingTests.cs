using System.Text;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

public sealed class PostEncodingTests
{
    [Fact]
    public void Utf8_with_a_mark_and_carriage_returns_becomes_plain_text()
    {
        var (text, warnings) = Decode([0xEF, 0xBB, 0xBF, .. "a\r\nb\rc\n"u8]);

        Assert.Equal("a\nb\nc\n", text);
        Assert.Empty(warnings);
    }

    [Fact]
    public void Windows_1252_is_decoded_with_a_warning()
    {
        var (text, warnings) = Decode([.. "caf"u8, 0xE9, (byte)' ', 0x93, .. "quoted"u8, 0x94, (byte)' ', 0x80, 0x81]);

        Assert.Equal("café “quoted” €", text);
        Assert.Contains("Windows-1252", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_both_kinds_is_not_decoded_twice()
    {
        var (text, _) = Decode([.. "naïve 日本 😀 caf"u8, 0xE9, .. " naïve"u8]);

        Assert.Equal("naïve 日本 😀 café naïve", text);
    }

    [Fact]
    public void The_replacement_character_stays_only_where_the_author_typed_it()
    {
        Assert.Equal("typed \uFFFD", Decode("typed \uFFFD"u8.ToArray()).Text);
        Assert.DoesNotContain('\uFFFD', Decode([0xC3, 0x28, 0xED, 0xA0, 0x80, 0xF5, 0xFF]).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Utf16_with_a_mark_is_decoded_with_a_warning(bool bigEndian)
    {
        var encoding = new UnicodeEncoding(bigEndian, byteOrderMark: true);
        var (text, warnings) = Decode([.. encoding.GetPreamble(), .. encoding.GetBytes("---\r\nä")]);

        Assert.Equal("---\nä", text);
        Assert.Contains("UTF-16", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Nul_bytes_and_controls_are_dropped()
    {
        var (text, warnings) = Decode("a\0b\u0007\tc\u001Bd"u8.ToArray());

        Assert.Equal("ab\tcd", text);
        Assert.Contains("NUL", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\u200Bb\u00ADc\uFEFFd", "abcd")]
    [InlineData("a\u00A0b\u2009c\u3000d", "a b c d")]
    [InlineData("👩\u200D💻", "👩\u200D💻")]
    [InlineData("❤️\u200D🔥", "❤️\u200D🔥")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    [InlineData("क\u094D\u200Dष", "क\u094D\u200Dष")]
    [InlineData("a\u200Db\u200C", "ab")]
    [InlineData("\u200D", "")]
    [InlineData("plain", "plain")]
    public void Fields_lose_what_cannot_be_seen_and_keep_what_joins(string text, string expected) => Assert.Equal(expected, CharacterCleaner.CleanField(text));

    private static (string Text, List<string> Warnings) Decode(byte[] bytes)
    {
        var warnings = new List<string>();
        return (PostEncoding.Decode(bytes, warnings), warnings);
    }
}
