using System.Text.Json.Nodes;
using Pipeline.Generation;
using Pipeline.Generation.Logits;

namespace Pipeline.Shared.Tests.Generation;

/// <summary>Our rules and Transformers.js's logits processors on the same logits.</summary>
public sealed class TransformersProcessorTests(TransformersPeer peer)
{
    private const int Vocabulary = 24;
    private const int EndOfText = 23;

    [Theory]
    [InlineData(1.3f)]
    [InlineData(0.7f)]
    public Task The_penalty_by_sign(float theta) =>
        Compare(new RepetitionPenalty(theta, PenaltyConvention.BySign), "RepetitionPenaltyLogitsProcessor", _ => [theta]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task No_repeated_n_gram(int n) => Compare(new NoRepeatNgram(n), "NoRepeatNGramLogitsProcessor", _ => [n]);

    [Fact]
    public Task Bad_words() => Compare(
        new BannedSequences([[3], [1, 2], [0, 1, 4], [EndOfText]]),
        "NoBadWordsLogitsProcessor",
        _ => [new JsonArray(TransformersPeer.Array([3]), TransformersPeer.Array([1, 2]), TransformersPeer.Array([0, 1, 4]), TransformersPeer.Array([EndOfText])), EndOfText]);

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(100)]
    public Task The_shortest_length(int tokens) =>
        Compare(new MinimumLength(tokens, EndOfText), "MinNewTokensLengthLogitsProcessor", prompt => [prompt, tokens, EndOfText]);

    private async Task Compare(ILogitsProcessor ours, string theirs, Func<int, JsonArray> arguments)
    {
        var random = new Random(7);
        for (var trial = 0; trial < 25; trial++)
        {
            // Few different tokens, so that repeats are common.
            int[] ids = [.. Enumerable.Range(0, random.Next(1, 14)).Select(_ => random.Next(5))];
            var prompt = random.Next(ids.Length + 1);
            float[] logits = [.. Enumerable.Range(0, Vocabulary).Select(_ => (random.NextSingle() - 0.5f) * 12)];
            var expected = await peer.ProcessAsync(theirs, arguments(prompt), ids, logits);
            ours.Apply(new(ids, prompt), logits);
            for (var id = 0; id < Vocabulary; id++)
            {
                Assert.True(expected[id] == logits[id] || Math.Abs(expected[id] - logits[id]) < 1e-5, $"trial {trial}, token {id}: {logits[id]}, theirs {expected[id]}");
            }
        }
    }
}
