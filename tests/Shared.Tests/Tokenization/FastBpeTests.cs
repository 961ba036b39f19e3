using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

public sealed class FastBpeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Words_are_cut_by_the_rules_in_their_order_and_pieces_carry_the_mark()
    {
        // lower: l o w er</w> (rank 1), lo (2), low (3): low@@ er. lowest has no rule for its end.
        var tokenizer = Tokenizer();
        Assert.Equal(["low@@", "er"], Names(tokenizer, "lower"));
        Assert.Equal(["Links", "low", "low@@", "er"], Names(tokenizer, "Links low\tlower"));
        Assert.Equal(["low@@", "e@@", "<unk>"], Names(tokenizer, "lowez"));
    }

    [Fact]
    public void A_line_feed_belongs_to_the_word_before_it()
    {
        var tokenizer = Tokenizer();
        Assert.Equal(["low@@", "\n", "low"], Names(tokenizer, "low\n\nlow"));
        Assert.Equal("low\nlow lower ", tokenizer.Decode([.. tokenizer.Encode("low\nlow lower")]));
    }

    [Fact]
    public void Text_that_was_encoded_and_decoded_gives_the_same_tokens_again()
    {
        var tokenizer = Tokenizer();
        var ids = tokenizer.Encode("Links lower low\nlow Books lower");
        Assert.Equal(ids, tokenizer.Encode(tokenizer.Decode([.. ids])));
        tokenizer.Save(_folder.Sub("again"));
        Assert.Equal(tokenizer.Fingerprint, BpeTokenizer.Load(_folder.Sub("again")).Fingerprint);
    }

    [Fact]
    public void A_vocabulary_with_holes_is_refused_with_the_token_named()
    {
        Tokenizer();
        File.WriteAllText(_folder.Sub("vocab.json"), """{"<unk>":0,"low":1,"er":3}""");
        var refused = Assert.Throws<TokenizerException>(() => BpeTokenizer.Load(_folder.FullName));
        Assert.Contains("'er' has 3", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_without_control_code_is_refused_and_the_three_nearest_are_named()
    {
        var tokenizer = Tokenizer();
        var words = new ControlWords(new ControlCodeList([new(KnownCode.Code, "low", 3)]), tokenizer);
        Assert.Equal(["Books", "Links", "News", "low"], words.Names);
        words.Check([.. tokenizer.Encode("Links low")], tokenizer);
        words.Check([.. tokenizer.Encode("low er")], tokenizer);
        var refused = Assert.Throws<InvalidSamplingException>(() => words.Check([.. tokenizer.Encode("Link lower")], tokenizer));
        Assert.Contains("nearest are Links, ", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidSamplingException>(() => words.Check([.. tokenizer.Encode("er Links")], tokenizer));
    }

    private static List<string> Names(BpeTokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text).Select(id => FastBpeFilesNames[id])];

    private static readonly string[] FastBpeFilesNames = ["<unk>", "low@@", "low", "er", "e@@", "\n", "Links", "Books", "News", "Link"];

    private BpeTokenizer Tokenizer()
    {
        var entries = FastBpeFilesNames.Select((name, id) => $"{System.Text.Json.JsonSerializer.Serialize(name)}:{id}");
        File.WriteAllText(_folder.Sub("vocab.json"), "{" + string.Join(',', entries) + "}");
        List<string> rules = ["e r</w>", "l o", "lo w</w>", "lo w"];
        foreach (var word in new[] { "Links", "Books", "News", "Link" })
        {
            var left = word[..1];
            for (var i = 1; i < word.Length; i++)
            {
                var right = word[i] + (i == word.Length - 1 ? "</w>" : "");
                rules.Add($"{left} {right}");
                left += right;
            }
        }

        File.WriteAllText(_folder.Sub("merges.txt"), "#version: 0.2\n" + string.Join('\n', rules) + "\n");
        return BpeTokenizer.Load(_folder.FullName);
    }
}
