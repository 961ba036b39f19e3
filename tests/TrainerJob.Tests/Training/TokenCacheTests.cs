using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class TokenCacheTests : IDisposable
{
    private static readonly TokenizedCorpus _corpus = new([[9, 1, 2, 9], [9, 3, 9]], [[9, 70000, 9]]);
    private readonly TemporaryFolder _folder = new();
    private int _made;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tokens_are_made_once_for_a_corpus_and_a_tokenizer()
    {
        var first = await GetAsync("corpus", "tokenizer");
        var second = await GetAsync("corpus", "tokenizer");
        await GetAsync("corpus", "other");
        await GetAsync("other", "tokenizer");

        Assert.Equal(3, _made);
        Assert.Equal(_corpus.Train, first.Train);
        Assert.Equal(_corpus.Train, second.Train);
        Assert.Equal(_corpus.Validation, second.Validation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(-1)]
    public async Task A_damaged_file_is_made_anew(int place)
    {
        await GetAsync("corpus", "tokenizer");
        var file = Directory.EnumerateFiles(_folder.FullName).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[place < 0 ? ^1 : place] ^= 0x10;
        File.WriteAllBytes(file, bytes);

        var again = await GetAsync("corpus", "tokenizer");

        Assert.Equal(2, _made);
        Assert.Equal(_corpus.Train, again.Train);
    }

    [Fact]
    public void The_end_of_text_stands_around_each_post_and_no_text_can_spell_it()
    {
        var tokenizer = BpeTrainer.Train(["some text to learn from"], 300, TestContext.Current.CancellationToken);

        var ids = TokenizedCorpus.Encode(["a<|endoftext|>b", ""], tokenizer);

        Assert.Equal([tokenizer.EndOfTextId, tokenizer.EndOfTextId], ids[1]);
        Assert.Equal([0, ids[0].Length - 1], Enumerable.Range(0, ids[0].Length).Where(i => ids[0][i] == tokenizer.EndOfTextId));
        Assert.Equal("a<|endoftext|>b", tokenizer.Decode(ids[0]));
    }

    private Task<TokenizedCorpus> GetAsync(string corpusId, string fingerprint) => new TokenCache(_folder.FullName).GetAsync(
        corpusId,
        fingerprint,
        () =>
        {
            _made++;
            return _corpus;
        },
        TestContext.Current.CancellationToken);
}
