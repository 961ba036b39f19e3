using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

public sealed class BpeTokenizerTests
{
    private static readonly BpeTokenizer Gpt2 = BpeTokenizer.Gpt2();
    private static readonly BpeTokenizer Own = BpeTrainer.Train(BlogTexts.Of("helmutlutz"), 1000, CancellationToken.None);

    [Fact]
    public void Gpt2_has_the_published_size_and_end_of_text()
    {
        Assert.Equal(50257, Gpt2.VocabularySize);
        Assert.Equal(50256, Gpt2.EndOfTextId);
        Assert.Equal([15496, 11, 995, 0], Gpt2.Encode("Hello, world!"));
    }

    [Fact]
    public void Any_text_comes_back_unchanged() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>().Filter(text => text is not null),
        text => Gpt2.Decode(Gpt2.Encode(text).ToArray()) == WellFormed(text) && Own.Decode(Own.Encode(text).ToArray()) == WellFormed(text)).QuickCheckThrowOnFailure();

    [Fact]
    public void Hostile_texts_and_posts_come_back_unchanged()
    {
        foreach (var (name, text) in HostileTexts.All.Concat(BlogTexts.All))
        {
            Assert.True(Gpt2.Decode(Gpt2.Encode(text).ToArray()) == WellFormed(text), name);
            Assert.True(Own.Decode(Own.Encode(text).ToArray()) == WellFormed(text), name);
        }
    }

    [Fact]
    public void Text_that_spells_the_end_of_text_is_ordinary_text()
    {
        const string Text = "<|endoftext|> and <|endoftext|>";
        Assert.DoesNotContain(Gpt2.EndOfTextId, Gpt2.Encode(Text));
        Assert.DoesNotContain(Own.EndOfTextId, Own.Encode(Text));
        Assert.Equal(Text, Gpt2.Decode(Gpt2.Encode(Text).ToArray()));
    }

    [Fact]
    public void A_corpus_that_spells_the_end_of_text_does_not_teach_it()
    {
        var trained = BpeTrainer.Train([string.Concat(Enumerable.Repeat("<|endoftext|>\n", 100))], 400, CancellationToken.None);
        Assert.DoesNotContain(trained.EndOfTextId, trained.Encode("<|endoftext|>"));
        Assert.Equal(trained.VocabularySize - 1, trained.EndOfTextId);
    }

    [Fact]
    public void Special_ids_decode_to_nothing() => Assert.Equal("Hello", Gpt2.Decode([50256, 15496, 50256]));

    [Fact]
    public void A_lone_surrogate_is_encoded_as_the_replacement_character() =>
        Assert.Equal(Gpt2.Encode("a \uFFFDb \uFFFD"), Gpt2.Encode("a \uD800b \uDC00"));

    [Fact]
    public void Bytes_that_are_no_text_decode_to_replacement_characters()
    {
        int[] ids = [.. new byte[] { (byte)'a', 0xF0, 0x9F, 0xC3, 0x28, 0xFF, 0xE4, 0xB8 }.Select(value => Gpt2Id([value]))];
        Assert.Equal("a\uFFFD\uFFFD(\uFFFD\uFFFD", Gpt2.Decode(ids));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(50257)]
    [InlineData(int.MaxValue)]
    public void Ids_outside_the_vocabulary_are_refused(int id) => Assert.Throws<ArgumentOutOfRangeException>(() => Gpt2.Decode([id]));

    [Fact]
    public void Every_token_that_is_a_word_encodes_to_itself()
    {
        var words = 0;
        for (var id = 0; id < Gpt2.VocabularySize - 1; id++)
        {
            var bytes = Gpt2.TokenBytes(id);
            var text = Encoding.UTF8.GetString(bytes);
            if (!text.Contains('\uFFFD', StringComparison.Ordinal) && PreTokenizer.EndOfWord(bytes, 0) == bytes.Length)
            {
                Assert.Equal([id], Gpt2.Encode(text));
                words++;
            }
        }

        Assert.True(words > 48_000, $"only {words} tokens are words");
    }

    [Fact]
    public void Encoding_appends_to_the_list()
    {
        var ids = new List<int> { 7 };
        Gpt2.Encode("Hello", ids);
        Gpt2.Encode("", ids);
        Assert.Equal([7, 15496], ids);
    }

    [Fact]
    public void A_warm_encode_into_a_list_with_room_allocates_nothing()
    {
        // A tokenizer of its own: with the shared one, another test's thread may hold the warm encoder.
        using var folder = new TemporaryFolder();
        Gpt2.Save(folder.FullName);
        var tokenizer = BpeTokenizer.Load(folder.FullName);
        var text = string.Concat(BlogTexts.Of("raphlinus").Take(20)) + string.Concat(BlogTexts.Of("rustycrate").Take(10)) + "<|endoftext|> \uD800 👍";
        var ids = new List<int>(text.Length * 3);
        tokenizer.Encode(text, ids);
        Assert.True(ids.Count > 100_000);
        ids.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(text, ids);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Many_threads_get_the_ids_that_one_gets()
    {
        var texts = BlogTexts.Of("umhau").ToList();
        var expected = texts.ConvertAll(Own.Encode);
        var tokenizer = BpeTrainer.Train(BlogTexts.Of("helmutlutz"), 1000, CancellationToken.None);
        Parallel.For(0, 8, thread =>
        {
            for (var index = 0; index < texts.Count; index++)
            {
                var at = (index + (thread * 13)) % texts.Count;
                Assert.Equal(expected[at], tokenizer.Encode(texts[at]));
            }
        });
    }

    private static int Gpt2Id(byte[] bytes) =>
        Enumerable.Range(0, Gpt2.VocabularySize).Single(id => Gpt2.TokenBytes(id).SequenceEqual(bytes));

    // What UTF-8 can hold of a text.
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
