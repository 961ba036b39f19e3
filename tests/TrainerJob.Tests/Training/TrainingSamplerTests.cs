using Pipeline.Quality;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Tests.Commands;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class TrainingSamplerTests
{
    private static readonly BpeTokenizer Tokenizer = BpeTrainer.Train([SmallTexts.Text(1)], 300, CancellationToken.None);
    private static readonly OriginalityIndex Index = OriginalityIndex.Build([("post", Tokenizer.Encode(SmallTexts.Text(1)))]);

    [Fact]
    public void Equal_weights_write_equal_samples_one_a_prompt()
    {
        using var engine = new BigramEngine(Tokenizer.VocabularySize);
        var first = Sampler(context: 64, trainedTokens: 1e9).Write(engine, TestContext.Current.CancellationToken)!;
        var second = Sampler(context: 64, trainedTokens: 1e9).Write(engine, TestContext.Current.CancellationToken)!;

        Assert.Equal(first, second);
        Assert.Equal([1UL, 2UL], first.Select(sample => sample.Seed));
        Assert.Equal(["the baker\n", ""], first.Select(sample => sample.Prompt));
        Assert.All(first, sample => Assert.Equal(Index.Compare(Tokenizer.Encode(sample.Text)).LongestRun, sample.Copied, 2.0));
    }

    [Fact]
    public void Little_training_between_evaluations_means_short_samples()
    {
        using var engine = new BigramEngine(Tokenizer.VocabularySize);
        var (cheap, dear) = (Sampler(64, 1), Sampler(64, 1e9));

        Assert.All(cheap.Write(engine, TestContext.Current.CancellationToken)!, sample => Assert.InRange(Tokenizer.Encode(sample.Text).Count, 0, 16));
        Assert.Contains(dear.Write(engine, TestContext.Current.CancellationToken)!, sample => Tokenizer.Encode(sample.Text).Count > 16);
    }

    private static TrainingSampler Sampler(int context, double trainedTokens) => new(Tokenizer, Index, ["the baker", ""], context, trainedTokens);
}
