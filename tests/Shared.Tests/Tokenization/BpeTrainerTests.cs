using FsCheck;
using FsCheck.Fluent;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

public sealed class BpeTrainerTests
{
    // Few letters, so that pairs repeat, overlap and tie.
    private static readonly Arbitrary<string[]> Corpora = Gen.Elements("a", "b", "c", " ", "aa", "ab", "\n", "1", "é", "中")
        .ArrayOf().Select(string.Concat).ArrayOf().ToArbitrary();

    [Fact]
    public void Training_finds_the_merges_of_the_textbook() =>
        Prop.ForAll(Corpora, corpus => NaiveBpe.Train(corpus, 40).SequenceEqual(Merges(BpeTrainer.Train(corpus, 297, CancellationToken.None))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Encoding_applies_the_merges_as_the_textbook_does() =>
        Prop.ForAll(Corpora, corpus =>
        {
            var tokenizer = BpeTrainer.Train(corpus, 297, CancellationToken.None);
            var text = string.Concat(corpus) + string.Concat(corpus.Reverse());
            return NaiveBpe.Encode(text, Merges(tokenizer)).SequenceEqual(tokenizer.Encode(text).Select(id => Convert.ToHexString(tokenizer.TokenBytes(id))));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Long_words_are_merged_as_the_textbook_does()
    {
        string[] corpus = ["abab abba baba aabb abaabaaab bbbbb aaaaaaa ababababab"];
        var tokenizer = BpeTrainer.Train(corpus, 280, CancellationToken.None);
        var random = new Random(3);
        foreach (var length in (int[])[23, 24, 25, 63, 64, 65, 66, 300, 2000])
        {
            var text = string.Create(length, random, (characters, source) => source.GetItems("ab", characters));
            Assert.Equal(NaiveBpe.Encode(text, Merges(tokenizer)), tokenizer.Encode(text).Select(id => Convert.ToHexString(tokenizer.TokenBytes(id))));
        }
    }

    [Fact]
    public void Of_pairs_that_come_equally_often_the_one_with_the_lowest_ids_is_merged_first()
    {
        var tokenizer = BpeTrainer.Train(["yz yz", "ab\nab", "ax\nax"], 258, CancellationToken.None);
        Assert.Equal("ab"u8, tokenizer.TokenBytes(256));
    }

    [Fact]
    public void The_end_of_text_is_the_last_id_and_stands_for_no_bytes()
    {
        var tokenizer = BpeTrainer.Train(["some words, some more words"], 262, CancellationToken.None);
        Assert.Equal(262, tokenizer.VocabularySize);
        Assert.Equal(261, tokenizer.EndOfTextId);
        Assert.True(tokenizer.TokenBytes(261).IsEmpty);
    }

    [Fact]
    public void A_corpus_without_repeated_pairs_gives_a_smaller_vocabulary()
    {
        Assert.Equal(BpeTrainer.SmallestVocabulary, BpeTrainer.Train(["abcdefg"], 1000, CancellationToken.None).VocabularySize);
        Assert.Equal(BpeTrainer.SmallestVocabulary, BpeTrainer.Train([], 1000, CancellationToken.None).VocabularySize);
    }

    [Fact]
    public void Training_again_or_on_the_texts_in_another_order_gives_the_same_tokenizer()
    {
        var texts = BlogTexts.Of("umhau").ToList();
        var first = BpeTrainer.Train(texts, 2000, CancellationToken.None);
        Assert.Equal(2000, first.VocabularySize);
        Assert.Equal(first.Fingerprint, BpeTrainer.Train(texts, 2000, CancellationToken.None).Fingerprint);
        texts.Reverse();
        Assert.Equal(first.Fingerprint, BpeTrainer.Train(texts, 2000, CancellationToken.None).Fingerprint);
        Assert.NotEqual(first.Fingerprint, BpeTrainer.Train(texts, 1999, CancellationToken.None).Fingerprint);
    }

    [Fact]
    public void A_larger_vocabulary_begins_with_the_smaller_one()
    {
        var texts = BlogTexts.Of("helmutlutz").ToList();
        var small = Merges(BpeTrainer.Train(texts, 500, CancellationToken.None));
        Assert.Equal(small, Merges(BpeTrainer.Train(texts, 900, CancellationToken.None)).Take(small.Count));
    }

    [Fact]
    public void A_word_of_a_million_letters_is_trained_on_and_encoded()
    {
        var word = new string('a', 1 << 20);
        var tokenizer = BpeTrainer.Train([word], 300, CancellationToken.None);
        Assert.Equal(word, tokenizer.Decode(tokenizer.Encode(word).ToArray()));
        Assert.Equal(257 + 19, tokenizer.VocabularySize);
    }

    [Fact]
    public void Progress_tells_the_size_so_far_and_at_last_the_final_one()
    {
        var reports = new Reports();
        var tokenizer = BpeTrainer.Train(BlogTexts.Of("helmutlutz"), 700, CancellationToken.None, reports);
        Assert.Equal(reports.Values.Order(), reports.Values);
        Assert.True(reports.Values.Count > 3);
        Assert.Equal(tokenizer.VocabularySize, reports.Values[^1]);
    }

    [Fact]
    public void Cancelling_stops_the_training_between_merges()
    {
        using var source = new CancellationTokenSource();
        var reports = new Reports { Then = source.Cancel };
        Assert.Throws<OperationCanceledException>(() => BpeTrainer.Train(BlogTexts.Of("helmutlutz"), 5000, source.Token, reports));
        Assert.Single(reports.Values);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 20) + 1)]
    public void Sizes_that_no_vocabulary_can_have_are_refused(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BpeTrainer.Train([], size, CancellationToken.None));

    private static List<(string Left, string Right)> Merges(BpeTokenizer tokenizer) =>
        [.. tokenizer.Vocabulary.Merges.Select(merge => (Convert.ToHexString(tokenizer.TokenBytes(merge.Left)), Convert.ToHexString(tokenizer.TokenBytes(merge.Right))))];

    private sealed class Reports : IProgress<int>
    {
        public List<int> Values { get; } = [];

        public Action? Then { get; init; }

        public void Report(int value)
        {
            Values.Add(value);
            Then?.Invoke();
        }
    }
}
