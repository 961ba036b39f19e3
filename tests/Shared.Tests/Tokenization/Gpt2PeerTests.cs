using System.Globalization;
using System.Text;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

[Collection(PeerTests.Name)]
public sealed class Gpt2PeerTests(PeerTokenizers peers)
{
    private static readonly BpeTokenizer Tokenizer = BpeTokenizer.Gpt2();

    [Fact]
    public async Task Every_post_of_every_blog_gets_the_ids_that_three_independent_tokenizers_give()
    {
        Assert.True(BlogTexts.All.Count > 1900, $"only {BlogTexts.All.Count} posts found");
        foreach (var (path, text) in BlogTexts.All)
        {
            await peers.AssertSameIds(Tokenizer, path, text, PeerTokenizers.Gpt2, null);
        }
    }

    [Fact]
    public async Task Hostile_texts_get_the_ids_that_three_independent_tokenizers_give()
    {
        foreach (var (name, text) in HostileTexts.All)
        {
            await peers.AssertSameIds(Tokenizer, name, text, HostileTexts.Gpt2PeersFor(text), null);
        }
    }

    [Fact]
    public async Task Every_character_of_Unicode_gets_the_ids_that_tiktoken_gives()
    {
        for (var first = 0; first < 0x110000; first += 0x8000)
        {
            var text = new StringBuilder();
            foreach (var code in Enumerable.Range(first, 0x8000).Where(IsKnown))
            {
                text.Append($"a{new Rune(code)}b1{new Rune(code)}!{new Rune(code)}  {new Rune(code)} ");
            }

            await peers.AssertSameIds(Tokenizer, $"from U+{first:X4} on", text.ToString(), ["tiktoken"], null);
        }
    }

    [Fact]
    public async Task A_word_of_twenty_thousand_letters_gets_the_ids_that_tiktoken_gives()
    {
        var random = new Random(20240229);
        var word = string.Create(20_000, random, (characters, source) => source.GetItems("aeinorst", characters));
        await peers.AssertSameIds(Tokenizer, "random letters", word, ["tiktoken"], null);
        await peers.AssertSameIds(Tokenizer, "one letter", new string('a', 20_000), ["tiktoken"], null);
    }

    [Fact]
    public async Task Random_texts_get_the_ids_that_tiktoken_gives()
    {
        var random = new Random(20240301);
        string[] parts = [" ", "  ", "\n", "\t", "'", "'s", "'ll", "a", "the", "Pipeline", "1", "42", "é", "ж", "中", "👍", "\u0301", "½", "…", "-", "<|", "\u00A0", "\u3000", "\uD800"];
        for (var run = 0; run < 200; run++)
        {
            var text = string.Concat(random.GetItems(parts, 400));
            await peers.AssertSameIds(Tokenizer, text, text, ["tiktoken"], null);
        }
    }

    private static bool IsKnown(int code) => Rune.IsValid(code)
        && CharUnicodeInfo.GetUnicodeCategory(code) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);
}
