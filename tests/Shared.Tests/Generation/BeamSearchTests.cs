using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class BeamSearchTests(TestModel test)
{
    private readonly BeamSearch _search = new(test.Model);

    private int EndOfText => test.Model.Tokenizer.EndOfTextId;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    [InlineData(2.5f)]
    [InlineData(-1f)]
    public async Task With_room_for_every_text_the_best_of_all_texts_are_found(float lengthPenalty)
    {
        // Two tokens and the end, at most four of them: 31 texts, and 32 beams.
        var bias = Only(3, 17, EndOfText);
        bias[EndOfText] = 1.5f;
        var prompt = test.Model.Tokenizer.Encode("The cat ");
        var request = new GenerationRequest { PromptTokens = prompt, Sampling = SamplingOptions.Greedy with { MaxTokens = 4, LogitBias = bias } };
        var found = await _search.SearchAsync(request, new() { Beams = 32, LengthPenalty = lengthPenalty, Returned = 9, Stopping = BeamStopping.Exact }, Cancellation);

        List<(int[] Tokens, double Score)> all = [];
        using var session = DecoderSession.Open(Path.Combine(test.Folder, test.Model.ServingFile));
        Extend([], 0);
        var best = all.OrderByDescending(text => text.Score).Take(9).ToList();
        Assert.Equal(best.Select(text => string.Join(' ', text.Tokens)), found.Select(text => string.Join(' ', text.Text.Tokens)));
        Assert.All(best.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-3));

        void Extend(int[] text, double sum)
        {
            var next = test.Next(session, [.. prompt, .. text]);
            all.Add((text, (sum + next[EndOfText] + 1.5) / Math.Pow(text.Length + 1, lengthPenalty)));
            foreach (var token in new[] { 3, 17 })
            {
                if (text.Length < 3)
                {
                    Extend([.. text, token], sum + next[token]);
                }
                else
                {
                    all.Add(([.. text, token], (sum + next[token]) / Math.Pow(4, lengthPenalty)));
                }
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Few_beams_go_the_way_of_a_plain_search_without_cache(int beams)
    {
        const int length = 12;
        var prompt = test.Model.Tokenizer.Encode("Garden notes:");
        using var session = DecoderSession.Open(Path.Combine(test.Folder, test.Model.ServingFile));
        List<(List<int> Tokens, double Sum)> plain = [([.. prompt], 0)];
        for (var i = 0; i < length; i++)
        {
            plain = [.. plain
                .SelectMany(beam => test.Next(session, beam.Tokens).Select((p, id) => (Tokens: beam.Tokens.Append(id).ToList(), Sum: beam.Sum + p)))
                .Where(beam => beam.Tokens[^1] != EndOfText)
                .OrderByDescending(beam => beam.Sum).Take(beams)];
        }

        var sampling = SamplingOptions.Greedy with { MaxTokens = length, MinTokens = length };
        var found = await _search.SearchAsync(new() { PromptTokens = prompt, Sampling = sampling }, new() { Beams = beams, Returned = beams }, Cancellation);
        Assert.Equal(plain.Select(beam => string.Join(' ', beam.Tokens.Skip(prompt.Count))), found.Select(text => string.Join(' ', text.Text.Tokens)));
        Assert.All(plain.Zip(found), pair => Assert.Equal(pair.First.Sum / length, pair.Second.Score, 1e-3));
        Assert.All(found, text => Assert.Equal((text.Score * length, FinishReason.Length), (text.Text.LogProbability, text.Text.FinishReason), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-3 && a.Item2 == b.Item2));
    }

    [Fact]
    public async Task One_beam_is_greedy_decoding_past_the_window_too()
    {
        var request = new GenerationRequest { Prompt = "A bicycle", HeaderTokens = 2, Sampling = SamplingOptions.Greedy with { MaxTokens = 100, MinTokens = 100, NoRepeatNgram = 3 } };
        var greedy = Assert.Single(await new TextGenerator(test.Model).GenerateAsync(request, Cancellation));
        var found = Assert.Single(await _search.SearchAsync(request, new() { Beams = 1 }, Cancellation));
        Assert.Equal(greedy.Tokens, found.Text.Tokens);
        Assert.Equal(greedy.Text, found.Text.Text);
        Assert.Equal(greedy.LogProbability, found.Text.LogProbability, 1e-2);
    }

    [Fact]
    public async Task Early_stopping_ends_no_later_and_finds_no_better_text()
    {
        var bias = new Dictionary<int, float> { [EndOfText] = 4 };
        var request = new GenerationRequest { Prompt = "oil", Sampling = SamplingOptions.Greedy with { MaxTokens = 30, LogitBias = bias } };
        var best = new List<double>();
        foreach (var stopping in new[] { BeamStopping.Early, BeamStopping.Estimate, BeamStopping.Exact })
        {
            best.Add((await _search.SearchAsync(request, new() { Beams = 4, Stopping = stopping }, Cancellation))[0].Score);
        }

        Assert.True(best[0] <= best[1] + 1e-9 && best[1] <= best[2] + 1e-9, string.Join(", ", best));
    }

    [Fact]
    public async Task A_stop_text_ends_a_beam_before_it()
    {
        var request = new GenerationRequest { Prompt = "The cat ", Sampling = SamplingOptions.Greedy with { MaxTokens = 30, Stop = ["e"] } };
        var found = await _search.SearchAsync(request, new() { Beams = 4, Returned = 4 }, Cancellation);
        Assert.All(found.Where(text => text.Text.FinishReason == FinishReason.Stop), text => Assert.DoesNotContain("e", text.Text.Text, StringComparison.Ordinal));
        Assert.NotEmpty(found);
    }

    [Fact]
    public async Task Rules_that_leave_nothing_give_no_text()
    {
        var request = new GenerationRequest { Prompt = "I", Sampling = SamplingOptions.Greedy with { LogitBias = Only() } };
        Assert.Empty(await _search.SearchAsync(request, new(), Cancellation));
    }

    [Fact]
    public async Task Bad_settings_are_named_all_at_once()
    {
        var request = new GenerationRequest { TargetWords = -1, Sampling = new() { TopP = 7 } };
        var failure = await Assert.ThrowsAsync<InvalidSamplingException>(
            () => _search.SearchAsync(request, new() { Beams = 99, LengthPenalty = float.NaN, Returned = 100, Stopping = (BeamStopping)9 }, Cancellation));
        Assert.Equal(6, failure.Problems.Count);
    }

    private Dictionary<int, float> Only(params int[] tokens) =>
        Enumerable.Range(0, test.Model.Tokenizer.VocabularySize).Except(tokens).ToDictionary(id => id, _ => float.NegativeInfinity);
}
