using Pipeline.Generation;
using Pipeline.Generation.Markov;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Generation.Markov;

public sealed class NgramModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Probabilities_are_those_of_Witten_and_Bell_worked_out_by_hand()
    {
        // Predicted are 1, 2, 1, 3 behind 0, 1, 2, 1. Alone: 1 twice, 2 and 3 once, so c = 4 and t = 3, and a third of nothing known is 1/4 each.
        var chain = NgramCounter.Count([[0, 1, 2, 1, 3]], order: 1, vocabulary: 4, Token);
        double[] alone = [(0 + (3 * 0.25)) / 7, (2 + (3 * 0.25)) / 7, (1 + (3 * 0.25)) / 7, (1 + (3 * 0.25)) / 7];
        Same(alone, chain, []);
        // Behind 1: 2 and 3, once each.
        Same([2 * alone[0] / 4, 2 * alone[1] / 4, (1 + (2 * alone[2])) / 4, (1 + (2 * alone[3])) / 4], chain, [0, 1]);
        // Behind 3 nothing ever came.
        Same(alone, chain, [1, 3]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Probabilities_sum_to_one_and_none_is_nothing(int order)
    {
        var random = new Random(order);
        int[][] documents = [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, random.Next(0, 60)).Select(_ => random.Next(12)).ToArray())];
        var chain = NgramCounter.Count(documents, order, vocabulary: 15, Token);
        var scores = new float[15];
        for (var i = 0; i < 200; i++)
        {
            int[] text = [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(15))];
            chain.LogProbabilities(text, scores);
            Assert.Equal(1, scores.Sum(score => Math.Exp(score)), 1e-5);
            Assert.All(scores, (score, token) => Assert.Equal(chain.LogProbability(text, token), score, 1e-4));
        }
    }

    [Fact]
    public void A_chain_is_the_same_after_it_was_written_and_read()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.FullName, "a.ngrams");
        var chain = NgramCounter.Count([[0, 1, 2, 1, 3], [0, 2, 2, 1]], order: 3, vocabulary: 4, Token);
        File.WriteAllBytes(path, NgramFile.ToBytes(chain, context: 77));
        var (read, context) = NgramFile.Read(path);
        Assert.Equal((77, 3, 4, chain.Runs), (context, read.Order, read.Vocabulary, read.Runs));
        foreach (var text in (int[][])[[], [1], [0, 2, 2], [3, 3]])
        {
            Same([.. Enumerable.Range(0, 4).Select(token => Math.Exp(chain.LogProbability(text, token)))], read, text);
        }
    }

    [Fact]
    public void A_damaged_file_is_refused_and_never_walked()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.FullName, "a.ngrams");
        var bytes = NgramFile.ToBytes(NgramCounter.Count([[0, 1, 2, 1, 3], [0, 2, 2, 1]], order: 2, vocabulary: 4, Token), context: 8);
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var damaged = bytes.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, i % 5 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                var (chain, _) = NgramFile.Read(path);
                chain.LogProbabilities([0, 1], new float[chain.Vocabulary]);
            }
            catch (ModelException refused)
            {
                Assert.Contains(path, refused.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Texts_grow_together_as_they_do_alone()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.FullName, "a.ngrams");
        File.WriteAllBytes(path, NgramFile.ToBytes(NgramCounter.Count([[0, 1, 2, 1, 3], [0, 2, 2, 1]], order: 2, vocabulary: 4, Token), context: 8));
        using var session = DecoderSession.Open(path);
        using var cache = session.CreateCache(2, 8);
        using var alone = session.CreateCache(1, 8);
        cache.Prefill(0, [0, 1]);
        cache.Prefill(1, [0]);
        cache.Step([2, 2]);
        cache.CopyRow(1, 0);
        cache.Step([2, 1]);
        alone.Prefill(0, [0, 2, 2]);
        Assert.Equal(alone.Logits(0).ToArray(), cache.Logits(0).ToArray());
        alone.Prefill(0, [0, 2]);
        Assert.Equal(alone.Extend(0, [1]).ToArray(), cache.Logits(1).ToArray());
    }

    private static void Same(double[] expected, NgramModel chain, int[] text)
    {
        var scores = new float[expected.Length];
        chain.LogProbabilities(text, scores);
        Assert.All(expected, (probability, token) => Assert.Equal(probability, Math.Exp(scores[token]), 1e-6));
    }
}
