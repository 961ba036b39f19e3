using System.Globalization;
using System.Text;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

[Collection(PeerTests.Name)]
public sealed class PreTokenizerTests(PeerTokenizers peers)
{
    [Theory]
    [InlineData("it's we'll", "it|'s| we|'ll")]
    [InlineData("IT'S 'sad", "IT|'|S| '|sad")]
    [InlineData("'sad", "'s|ad")]
    [InlineData("a  b", "a| | b")]
    [InlineData("a \n b", "a| \n| b")]
    [InlineData("a\n\nb", "a|\n|\n|b")]
    [InlineData("a\tb", "a|\t|b")]
    [InlineData("end  ", "end|  ")]
    [InlineData("v1.2 3/4", "v|1|.|2| 3|/|4")]
    [InlineData("wow!?! :-)", "wow|!?!| :-)")]
    [InlineData("\u00A0x\u00A0\u00A0x", "\u00A0|x|\u00A0|\u00A0|x")]
    public void Words_are_split_as_GPT2_splits_them(string text, string expected) => Assert.Equal(expected.Split('|'), Words(text));

    [Fact]
    public async Task Every_character_of_Unicode_is_split_as_the_regular_expression_splits_it()
    {
        for (var first = 0; first < 0x110000; first += 0x8000)
        {
            var known = Enumerable.Range(first, 0x8000)
                .Where(code => Rune.IsValid(code) && !HostileTexts.HasDisputedSpace($"{new Rune(code)}") && CharUnicodeInfo.GetUnicodeCategory(code) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse))
                .ToList();
            var unassigned = await Ask("unassigned", string.Concat(known.Select(code => new Rune(code))));
            var text = string.Concat(known.Except(unassigned).Select(code => new Rune(code)).Select(rune => $"a{rune}b1{rune}2!{rune}?  {rune}  x"));
            Assert.Equal(await Ask("words", text), Words(text).Select(Encoding.UTF8.GetByteCount));
        }
    }

    [Fact]
    public void White_space_is_the_Unicode_property()
    {
        Assert.Equal(25, HostileTexts.WhiteSpace().Count());
        Assert.All(HostileTexts.WhiteSpace(), space => Assert.Equal(["a", $"{space}{space}"], Words($"a{space}{space}")));
        Assert.Equal(["a", "\uFEFF!", "b"], Words("a\uFEFF!b"));
    }

    [Fact]
    public async Task Hostile_texts_are_split_as_the_regular_expression_splits_them()
    {
        foreach (var (name, text) in HostileTexts.All.Where(hostile => !HostileTexts.HasDisputedSpace(hostile.Text)))
        {
            var lengths = Words(text).Select(Encoding.UTF8.GetByteCount);
            Assert.True(lengths.SequenceEqual(await Ask("words", text)), name);
        }
    }

    [Fact]
    public void Chunks_end_only_between_words()
    {
        var random = new Random(7);
        string[] parts = [" ", "  ", "\n", "\n ", "'s", "word", "1", "é", "中", "👍", "\u3000", "."];
        for (var run = 0; run < 20; run++)
        {
            var text = string.Concat(random.GetItems(parts, 20_000));
            var chunked = new List<string>();
            for (var rest = text; rest.Length > 0;)
            {
                var length = PreTokenizer.ChunkLength(rest);
                Assert.InRange(length, 1, rest.Length);
                chunked.AddRange(Words(rest[..length]));
                rest = rest[length..];
            }

            Assert.Equal(Words(text), chunked);
        }
    }

    private static List<string> Words(string text)
    {
        var utf8 = new byte[text.Length * 3];
        utf8 = utf8[..PreTokenizer.ToUtf8(text, utf8)];
        var words = new List<string>();
        for (var start = 0; start < utf8.Length;)
        {
            var end = PreTokenizer.EndOfWord(utf8, start);
            words.Add(Encoding.UTF8.GetString(utf8, start, end - start));
            start = end;
        }

        return words;
    }

    private async Task<int[]> Ask(string peer, string text) =>
        (await peers.EncodeAsync([peer], text, null, TestContext.Current.CancellationToken))[peer];
}
