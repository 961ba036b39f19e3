using FsCheck;
using FsCheck.Fluent;
using Pipeline.Generation;
using Pipeline.Generation.Logits;
using Pipeline.Testing;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.Shared.Tests.Generation;

public sealed class LogitsProcessorTests
{
    private const int Vocabulary = 12;

    // A prompt and a text of few different tokens, so that repeats are common, and any logits.
    private static readonly Arbitrary<(int[] Prompt, int[] Text, float[] Logits)> Cases = (
        from prompt in Gen.Choose(0, 4).ArrayOf()
        from text in Gen.Choose(0, 4).ArrayOf()
        from logits in Gen.Choose(-500, 500).Select(x => x / 50f).ArrayOf(Vocabulary)
        select (prompt, text, logits)).ToArbitrary();

    [Theory]
    [InlineData(PenaltyConvention.Ctrl, "penalty.expected")]
    [InlineData(PenaltyConvention.BySign, "penalty.expected_signed")]
    public void The_published_penalties_give_the_reference_numbers(PenaltyConvention convention, string expected)
    {
        using var reference = SafetensorsFile.Open(ProjectFolders.Shared("reference", "ctrl-tiny", "reference.safetensors"));
        var logits = reference.ReadNumbers("penalty.logits");
        int[] ids = [.. reference.ReadIndices("penalty.ids").Select(id => (int)id)];
        new RepetitionPenalty(1.2f, convention).Apply(new(ids, ids.Length), logits);

        var numbers = reference.ReadNumbers(expected);
        for (var i = 0; i < logits.Length; i++)
        {
            Assert.Equal(numbers[i], logits[i], 1e-6);
        }
    }

    [Theory]
    [InlineData("greedy_plain", null)]
    [InlineData("greedy_penalized", PenaltyConvention.Ctrl)]
    [InlineData("greedy_penalized_signed", PenaltyConvention.BySign)]
    public void Greedy_sampling_with_a_penalty_gives_the_reference_texts(string expected, PenaltyConvention? convention)
    {
        using var reference = SafetensorsFile.Open(ProjectFolders.Shared("reference", "ctrl-tiny", "reference.safetensors"));
        using var model = new PlainCtrl();
        var options = SamplingOptions.Greedy with { RepetitionPenalty = convention is null ? 1 : 1.2f, PenaltyConvention = convention ?? default };
        for (var n = 0; n < 2; n++)
        {
            List<int> text = [.. reference.ReadIndices($"prompt.{n}").Select(id => (int)id)];
            var prompt = text.Count;
            var sampler = new Sampler(options, Sampler.Rules(options, 0, _ => []), 1);
            foreach (var token in reference.ReadIndices($"{expected}.{n}"))
            {
                Assert.Equal(token, sampler.Next(new([.. text], prompt), model.Next(text))!.Value.Id);
                text.Add((int)token);
            }
        }
    }

    [Fact]
    public void The_default_penalty_multiplies_log_probabilities() => Compare(
        new RepetitionPenalty(1.3f, PenaltyConvention.LogProbability),
        (prompt, text, logits) =>
        {
            var log = TestModel.LogSoftmax(logits);
            return [.. log.Select((p, token) => prompt.Concat(text).Contains(token) ? p * 1.3f : p)];
        },
        normalized: true);

    [Fact]
    public void The_default_penalty_never_makes_a_repeated_token_likelier_than_the_logits_shifted_by_anything() =>
        Prop.ForAll(Cases, sample =>
        {
            var penalty = new RepetitionPenalty(1.5f, PenaltyConvention.LogProbability);
            var shifted = sample.Logits.Select(x => x + 100).ToArray();
            var plain = sample.Logits.ToArray();
            penalty.Apply(new(sample.Prompt, sample.Prompt.Length), plain);
            penalty.Apply(new(sample.Prompt, sample.Prompt.Length), shifted);
            Assert.All(sample.Prompt, token => Assert.True(plain[token] <= sample.Logits[token] + 1e-5));
            Assert.All(Enumerable.Range(0, Vocabulary), token => Assert.Equal(plain[token] + 100, shifted[token], 1e-3));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Presence_and_frequency_count_generated_tokens_only() => Compare(
        new OccurrencePenalty(0.75f, 0.25f),
        (_, text, logits) => [.. logits.Select((x, token) => x - (0.25 * text.Count(t => t == token)) - (text.Contains(token) ? 0.75 : 0))]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_n_gram_comes_twice(int n) => Compare(
        new NoRepeatNgram(n),
        (prompt, text, logits) =>
        {
            var all = prompt.Concat(text).ToArray();
            var result = logits.ToArray();
            for (var token = 0; token < Vocabulary; token++)
            {
                // Would the last n tokens with this one be somewhere already?
                var candidate = all.Append(token).ToArray();
                for (var at = 0; candidate.Length > n && at + n < candidate.Length; at++)
                {
                    if (Enumerable.Range(0, n).All(i => candidate[at + i] == candidate[candidate.Length - n + i]))
                    {
                        result[token] = double.NegativeInfinity;
                    }
                }
            }

            return result;
        });

    [Fact]
    public void A_banned_sequence_loses_its_last_token_only_after_the_others() => Compare(
        new BannedSequences([[3], [1, 2], [0, 0, 1]]),
        (prompt, text, logits) =>
        {
            var all = string.Concat(prompt.Concat(text));
            var result = logits.ToArray();
            result[3] = double.NegativeInfinity;
            result[2] = all.EndsWith('1') ? double.NegativeInfinity : result[2];
            result[1] = all.EndsWith("00", StringComparison.Ordinal) ? double.NegativeInfinity : result[1];
            return result;
        });

    [Fact]
    public void A_bias_is_added() => Compare(
        new LogitBias(new Dictionary<int, float> { [2] = 1.5f, [5] = float.NegativeInfinity }),
        (_, _, logits) => [.. logits.Select((x, token) => token == 2 ? x + 1.5 : token == 5 ? double.NegativeInfinity : x)]);

    [Fact]
    public void The_end_waits_for_the_shortest_length() => Compare(
        new MinimumLength(3, endOfText: 11),
        (_, text, logits) => [.. logits.Select((x, token) => token == 11 && text.Length < 3 ? double.NegativeInfinity : x)]);

    [Fact]
    public void A_forced_prefix_leaves_one_token_at_its_places() => Compare(
        new ForcedPrefix([4, 9]),
        (_, text, logits) => text.Length >= 2 ? logits : [.. logits.Select((_, token) => token == (text.Length == 0 ? 4 : 9) ? 0 : double.NegativeInfinity)]);

    private static void Compare(ILogitsProcessor processor, Func<int[], int[], double[], double[]> independent, bool normalized = false) =>
        Prop.ForAll(Cases, sample =>
        {
            int[] all = [.. sample.Prompt, .. sample.Text];
            var actual = sample.Logits.ToArray();
            processor.Apply(new(all, sample.Prompt.Length), actual);
            var expected = independent(sample.Prompt, sample.Text, [.. sample.Logits.Select(x => (double)x)]);
            var shift = normalized ? LogProbabilities.LogSumExp(sample.Logits) : 0;
            for (var i = 0; i < Vocabulary; i++)
            {
                Assert.Equal(expected[i], (double)actual[i] - shift, 1e-4);
            }
        }).QuickCheckThrowOnFailure();
}
