using System.Text;
using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class TextGeneratorTests(TestModel test)
{
    private const string Prompt = "The cat ";

    private readonly TextGenerator _generator = new(test.Model);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Greedy_text_is_what_a_loop_without_cache_gives()
    {
        using var session = DecoderSession.Open(Path.Combine(test.Folder, test.Model.ServingFile));
        var text = test.Model.Tokenizer.Encode(Prompt);
        var start = text.Count;
        var logProbability = 0.0;
        for (var i = 0; i < 30; i++)
        {
            var next = test.Next(session, text);
            text.Add(Array.IndexOf(next, next.Max()));
            logProbability += next.Max();
        }

        var generated = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = SamplingOptions.Greedy with { MaxTokens = 30, StopAtEndOfText = false } }));

        Assert.Equal(text[start..], generated.Tokens);
        Assert.Equal(test.Model.Tokenizer.Decode([.. text[start..]]), generated.Text);
        Assert.Equal(logProbability, generated.LogProbability, 1e-3);
        Assert.Equal(FinishReason.Length, generated.FinishReason);
    }

    [Fact]
    public async Task Past_the_window_the_header_and_the_last_half_go_on()
    {
        const int header = 5;
        const int context = 64;
        using var session = DecoderSession.Open(Path.Combine(test.Folder, test.Model.ServingFile));
        var prompt = test.Model.Tokenizer.Encode(Prompt + "and a bicycle");
        List<int> all = [.. prompt];
        List<int> window = [.. prompt];
        for (var i = 0; i < 150; i++)
        {
            if (window.Count > context)
            {
                window = [.. all.Take(header), .. all.TakeLast(context / 2)];
            }

            var next = test.Next(session, window);
            var token = Array.IndexOf(next, next.Max());
            all.Add(token);
            window.Add(token);
        }

        var generated = await Generate(new()
        {
            PromptTokens = prompt,
            HeaderTokens = header,
            Samples = 3,
            Sampling = SamplingOptions.Greedy with { MaxTokens = 150, StopAtEndOfText = false },
        });
        Assert.All(generated, text => Assert.Equal(all.Skip(prompt.Count), text.Tokens));
    }

    [Fact]
    public async Task A_seed_gives_the_same_text_alone_and_among_others()
    {
        var request = new GenerationRequest { Prompt = Prompt, Samples = 7, Sampling = new() { Seed = 40, MaxTokens = 60, Temperature = 1.2f } };
        var together = await Generate(request);
        for (var i = 0; i < together.Count; i++)
        {
            var alone = Assert.Single(await Generate(request with { Samples = 1, Sampling = request.Sampling with { Seed = 40 + (ulong)i } }));
            Assert.Equal(40 + (ulong)i, together[i].Seed);
            Assert.Equal((alone.Text, alone.FinishReason, alone.LogProbability), (together[i].Text, together[i].FinishReason, together[i].LogProbability));
            Assert.Equal(alone.Tokens, together[i].Tokens);
        }

        Assert.Equal(together.Count, together.Select(text => text.Text).Distinct().Count());
    }

    [Fact]
    public async Task Samples_of_different_length_do_not_disturb_each_other()
    {
        // The end of the text is made likely, so that rows leave the batch at different times.
        var sampling = new SamplingOptions { Seed = 3, MaxTokens = 50, Temperature = 1, LogitBias = new Dictionary<int, float> { [test.Model.Tokenizer.EndOfTextId] = 3 } };
        var together = await Generate(new() { Prompt = Prompt, Samples = 8, Sampling = sampling });
        Assert.True(together.Select(text => text.Tokens.Count).Distinct().Count() > 3);
        for (var i = 0; i < together.Count; i++)
        {
            Assert.Equal(Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling with { Seed = 3 + (ulong)i } })).Text, together[i].Text);
        }
    }

    [Fact]
    public async Task The_streamed_texts_make_the_whole_text()
    {
        var request = new GenerationRequest { Prompt = Prompt, Samples = 2, Sampling = new() { Seed = 8, MaxTokens = 40 } };
        var streamed = new[] { new StringBuilder(), new StringBuilder() };
        await foreach (var token in _generator.StreamAsync(request, Cancellation))
        {
            streamed[token.Sample].Append(token.Text);
        }

        Assert.Equal((await Generate(request)).Select(text => text.Text), streamed.Select(text => text.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\u0001\u001b[31m\u007f")]
    [InlineData("<|endoftext|><|endoftext|>")]
    [InlineData("\ud800 alone")]
    [InlineData("日本語 🚲")]
    public async Task Any_prompt_has_a_result(string prompt) =>
        Assert.True(Assert.Single(await Generate(new() { Prompt = prompt, Sampling = new() { MaxTokens = 5, MinTokens = 5 } })).Tokens.Count == 5);

    [Fact]
    public async Task An_empty_prompt_starts_a_new_text()
    {
        var sampling = SamplingOptions.Greedy with { MaxTokens = 10 };
        var empty = Assert.Single(await Generate(new() { Sampling = sampling }));
        Assert.Equal(Assert.Single(await Generate(new() { PromptTokens = [test.Model.Tokenizer.EndOfTextId], Sampling = sampling })).Tokens, empty.Tokens);
    }

    [Fact]
    public async Task The_marker_of_the_end_spelt_out_is_ordinary_text()
    {
        var spelt = test.Model.Tokenizer.Encode("<|endoftext|>");
        Assert.DoesNotContain(test.Model.Tokenizer.EndOfTextId, spelt);
        var sampling = SamplingOptions.Greedy with { MaxTokens = 10 };
        Assert.Equal(
            Assert.Single(await Generate(new() { PromptTokens = spelt, Sampling = sampling })).Tokens,
            Assert.Single(await Generate(new() { Prompt = "<|endoftext|>", Sampling = sampling })).Tokens);
    }

    [Fact]
    public async Task Of_a_prompt_longer_than_the_window_the_header_and_the_last_half_count()
    {
        var prompt = Enumerable.Range(0, 500).Select(i => i * 7 % test.Model.Tokenizer.VocabularySize).ToList();
        var sampling = SamplingOptions.Greedy with { MaxTokens = 8 };
        var all = Assert.Single(await Generate(new() { PromptTokens = prompt, HeaderTokens = 4, Sampling = sampling }));
        var part = Assert.Single(await Generate(new() { PromptTokens = [.. prompt.Take(4), .. prompt.TakeLast(32)], Sampling = sampling }));
        Assert.Equal(part.Tokens, all.Tokens);
    }

    [Fact]
    public async Task A_stop_text_that_spans_tokens_ends_the_text_before_it()
    {
        var sampling = new SamplingOptions { Seed = 21, MaxTokens = 60, Temperature = 1 };
        var whole = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling })).Text;
        for (var at = 3; at + 6 < whole.Length; at += 7)
        {
            var stop = whole.Substring(at, 6);
            var cut = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling with { Stop = [stop, "never comes"] } }));
            Assert.Equal((whole[..whole.IndexOf(stop, StringComparison.Ordinal)], FinishReason.Stop), (cut.Text, cut.FinishReason));
        }
    }

    [Fact]
    public async Task A_stop_text_that_never_comes_changes_nothing()
    {
        var request = new GenerationRequest { Prompt = Prompt, Sampling = new() { Seed = 2, MaxTokens = 40 } };
        var stopped = Assert.Single(await Generate(request with { Sampling = request.Sampling with { Stop = ["\u0000 never \u0000"] } }));
        Assert.Equal(Assert.Single(await Generate(request)).Text, stopped.Text);
    }

    [Fact]
    public async Task The_end_of_the_text_ends_it_but_not_before_the_shortest_length()
    {
        var sampling = new SamplingOptions { MaxTokens = 50, LogitBias = new Dictionary<int, float> { [test.Model.Tokenizer.EndOfTextId] = 100 } };
        var atOnce = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling }));
        Assert.Equal(("", 0, FinishReason.EndOfText), (atOnce.Text, atOnce.Tokens.Count, atOnce.FinishReason));
        Assert.Equal(7, Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling with { MinTokens = 7 } })).Tokens.Count);
        var goingOn = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling with { StopAtEndOfText = false, RepetitionPenalty = 1 } }));
        Assert.Equal(("", 50, FinishReason.Length), (goingOn.Text, goingOn.Tokens.Count, goingOn.FinishReason));
    }

    [Fact]
    public async Task A_forced_prefix_begins_the_text_and_counts_to_its_length()
    {
        var text = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = new() { ForcedPrefix = "sings in the rain", MaxTokens = 30 } }));
        Assert.StartsWith("sings in the rain", text.Text, StringComparison.Ordinal);
        Assert.Equal(30, text.Tokens.Count);
    }

    [Fact]
    public async Task Bad_words_do_not_come()
    {
        var sampling = new SamplingOptions { Seed = 5, MaxTokens = 60, Temperature = 1 };
        var words = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling })).Tokens
            .Select(token => test.Model.Tokenizer.Decode([token])).Where(word => word.Trim().Length > 2 && !word.Contains('\ufffd', StringComparison.Ordinal)).Take(3).ToList();
        Assert.NotEmpty(words);
        var without = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = sampling with { BadWords = words } }));
        Assert.All(words, word => Assert.DoesNotContain(test.Model.Tokenizer.Encode(word)[0], without.Tokens));
    }

    [Fact]
    public async Task When_the_rules_leave_nothing_the_text_ends()
    {
        var bias = Enumerable.Range(0, test.Model.Tokenizer.VocabularySize).ToDictionary(id => id, _ => float.NegativeInfinity);
        var text = Assert.Single(await Generate(new() { Prompt = Prompt, Sampling = new() { LogitBias = bias, ForcedPrefix = "ab" } }));
        Assert.Equal(("ab", FinishReason.Exhausted), (text.Text, text.FinishReason));
    }

    [Fact]
    public async Task Cancellation_ends_the_generation_between_tokens_and_the_next_request_works()
    {
        using var stop = new CancellationTokenSource();
        var tokens = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var token in _generator.StreamAsync(new() { Prompt = Prompt, Sampling = new() { MaxTokens = 1000 } }, stop.Token))
            {
                if (++tokens == 3)
                {
                    await stop.CancelAsync();
                }
            }
        });
        Assert.Equal(3, tokens);
        Assert.Single(await Generate(new() { Prompt = Prompt }));
    }

    [Fact]
    public async Task Bad_settings_are_named_all_at_once_before_anything_runs()
    {
        var request = new GenerationRequest { PromptTokens = [-1], HeaderTokens = 9, Samples = -1, Sampling = new() { TopP = 7, Temperature = -1 } };
        Assert.Equal(5, Assert.Throws<InvalidSamplingException>(() => _generator.StreamAsync(request, Cancellation)).Problems.Count);
        Assert.Equal(5, (await Assert.ThrowsAsync<InvalidSamplingException>(() => Generate(request))).Problems.Count);
    }

    [Fact]
    public async Task Requests_at_the_same_time_give_what_each_gives_alone()
    {
        var requests = Enumerable.Range(0, 6).Select(i => new GenerationRequest { Prompt = Prompt, Samples = 1 + (i % 3), Sampling = new() { Seed = (ulong)i, MaxTokens = 25 } }).ToList();
        var together = await Task.WhenAll(requests.Select(request => Task.Run(() => Generate(request), Cancellation)));
        for (var i = 0; i < requests.Count; i++)
        {
            Assert.Equal((await Generate(requests[i])).Select(text => text.Text), together[i].Select(text => text.Text));
        }
    }

    private Task<IReadOnlyList<GeneratedText>> Generate(GenerationRequest request) => _generator.GenerateAsync(request, Cancellation);
}
