using Pipeline.Generation;
using Pipeline.Generation.Batching;
using Pipeline.Generation.Drafts;

namespace Pipeline.Shared.Tests.Generation.Drafts;

public sealed class DraftTests(TestModel test)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void What_followed_the_last_tokens_is_what_is_drafted()
    {
        var index = DraftIndex.Build([[1, 2, 3, 4, 5], [7, 1, 2, 3, 9], [6, 6, 6]]);
        Assert.Equal([9], index.After([5, 1, 2, 3], 4).ToArray());
        Assert.Equal([5], index.After([2, 3, 4], 4).ToArray());
        Assert.Equal([], index.After([3, 9, 6], 4).ToArray());
        Assert.Equal([], index.After([2, 3], 4).ToArray());
        Assert.Equal([], index.After([3, 4, 5], 4).ToArray());
        Assert.Equal([2, 3], DraftIndex.Build([[0, 0, 1, 2, 3]]).After([0, 0, 1], 2).ToArray());
    }

    [Fact]
    public void Every_run_of_a_long_text_is_found_at_its_last_place()
    {
        var random = new Random(3);
        int[] text = [.. Enumerable.Range(0, 20_000).Select(_ => random.Next(12))];
        var index = DraftIndex.Build([text]);
        for (var end = 3; end < 2000; end++)
        {
            var last = text.AsSpan(0, text.Length - 1).LastIndexOf(text.AsSpan(end - 3, 3));
            Assert.Equal(text[last + 3], index.After(text.AsSpan(0, end), 1)[0]);
        }
    }

    [Fact]
    public void Drafts_that_do_not_come_true_become_rare_and_those_that_do_grow()
    {
        int[] text = [.. Enumerable.Range(0, 300).Select(i => i % 9)];
        var drafts = new TextDrafts(null);
        Assert.Equal([3, 4], drafts.Propose(text, 12).ToArray());
        drafts.Learn(2, 2);
        Assert.Equal([3, 4, 5, 6], drafts.Propose(text, 12).ToArray());
        drafts.Learn(4, 4);
        Assert.Equal(7, drafts.Propose(text, 12).Length);
        var proposed = 0;
        for (var step = 0; step < 200; step++)
        {
            if (drafts.Propose(text, 12).Length > 0)
            {
                proposed++;
                drafts.Learn(2, 0);
            }
        }

        Assert.InRange(proposed, 3, 12);
    }

    // Random weights repeat themselves when they are greedy, and with a sharp draw nearly so.
    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(1f)]
    public async Task Texts_are_those_without_guesses_token_for_token(float temperature)
    {
        var requests = Enumerable.Range(0, 12).Select(seed => new GenerationRequest
        {
            Prompt = "The cat listens. The cat listens. The kettle ",
            Samples = 1 + (seed % 2),
            Sampling = new() { Seed = (ulong)seed, MaxTokens = 40 + (seed * 12), Temperature = temperature, TopP = 0.9f, RepetitionPenalty = seed % 3 == 0 ? 1.2f : 1, StopAtEndOfText = false },
        }).ToList();
        var corpus = DraftIndex.Build([.. requests.Select(request => test.Model.Tokenizer.Encode(request.Prompt + "sings in the morning"))]);
        await using var scheduler = new BatchScheduler(test.Model, 3, corpus);
        var together = await Task.WhenAll(requests.Select(request => scheduler.GenerateAsync(request, Cancellation)));
        var generator = new TextGenerator(test.Model);
        for (var i = 0; i < requests.Count; i++)
        {
            var alone = await generator.GenerateAsync(requests[i], Cancellation);
            Assert.Equal(alone.Select(text => (text.Text, text.LogProbability, text.FinishReason)), together[i].Select(text => (text.Text, text.LogProbability, text.FinishReason)));
            Assert.All(alone.Zip(together[i]), pair => Assert.Equal(pair.First.Tokens, pair.Second.Tokens));
        }

        Assert.True(temperature == 1 || scheduler.Guesses.Guessed > 0);
        Assert.True(temperature > 0 || scheduler.Guesses.True > 50, scheduler.Guesses.ToString());
    }

    // All texts of three tokens out of three, counted, against their probabilities from the model itself: chi-square with 26 degrees of
    // freedom exceeds 54 once in a thousand.
    [Fact]
    public async Task Guesses_leave_the_distribution_as_it_is()
    {
        const int rounds = 50;
        var prompt = test.Model.Tokenizer.Encode("The cat listens.").ToArray();
        int[] allowed = [prompt[^1], prompt[^2], prompt[^3]];
        var bias = Enumerable.Range(0, test.Model.Tokenizer.VocabularySize).Where(id => !allowed.Contains(id)).ToDictionary(id => id, _ => float.NegativeInfinity);
        int[] start = [.. prompt, .. prompt];
        // Whatever comes first, something is guessed behind it.
        var others = DraftIndex.Build([.. allowed.SelectMany(first => allowed.Select(second => (int[])[start[^2], start[^1], first, second, first])), .. allowed.Select(first => (int[])[start[^1], first, first, first])]);
        var counts = new Dictionary<(int, int, int), int>();
        long guessed;
        await using (var scheduler = new BatchScheduler(test.Model, 2, others))
        {
            for (var round = 0; round < rounds; round++)
            {
                var sampling = new SamplingOptions { Seed = (ulong)(round * 1000), MaxTokens = 3, Temperature = 1, TopK = 0, TopP = 1, LogitBias = bias, StopAtEndOfText = false };
                foreach (var text in await scheduler.GenerateAsync(new() { PromptTokens = start, Samples = 64, Sampling = sampling }, Cancellation))
                {
                    var key = (text.Tokens[0], text.Tokens[1], text.Tokens[2]);
                    counts[key] = counts.GetValueOrDefault(key) + 1;
                }
            }

            guessed = scheduler.Guesses.Guessed;
        }

        Assert.True(guessed > 500, $"{guessed} guesses");
        using var session = DecoderSession.Open(Path.Combine(test.Folder, test.Model.ServingFile));
        var chiSquare = 0.0;
        foreach (var (a, pa) in Next(start))
        {
            foreach (var (b, pb) in Next([.. start, a]))
            {
                foreach (var (c, pc) in Next([.. start, a, b]))
                {
                    var expected = rounds * 64 * pa * pb * pc;
                    chiSquare += Math.Pow(counts.GetValueOrDefault((a, b, c)) - expected, 2) / expected;
                }
            }
        }

        Assert.True(chiSquare < 54, $"chi-square {chiSquare:0.0}");

        List<(int Token, double Probability)> Next(int[] text)
        {
            var scores = test.Next(session, text);
            var total = allowed.Sum(id => Math.Exp(scores[id]));
            return [.. allowed.Select(id => (id, Math.Exp(scores[id]) / total))];
        }
    }
}
