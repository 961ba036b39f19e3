using Pipeline.Generation;
using Pipeline.Generation.Logits;

namespace Pipeline.Shared.Tests.Generation;

public sealed class SeamTests(TestModel test)
{
    private const int Header = 4;

    // 65 tokens are one more than the window: the 65th is the first that is computed in the new one.
    private const int Seam = 65;

    private readonly TextGenerator _generator = new(test.Model);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_run_said_again_after_the_seam_is_chosen_anew(int samples)
    {
        var request = Request(new RepeatAfter(Seam, onlyFirst: true)) with { Samples = samples };
        var texts = await _generator.GenerateAsync(request, Cancellation);
        foreach (var text in texts)
        {
            Assert.Equal(request.Sampling.MaxTokens, text.Tokens.Count);
            int[] all = [.. request.PromptTokens!, .. text.Tokens];
            var run = all.AsSpan(Seam, 10);
            Assert.Equal(-1, all.AsSpan(0, Seam).IndexOf(run));
        }

        // The draws of a sample are its own, so that another's retries change nothing.
        for (var i = 0; i < samples; i++)
        {
            var alone = Assert.Single(await _generator.GenerateAsync(request with { Samples = 1, Sampling = request.Sampling with { Seed = 5 + (ulong)i } }, Cancellation));
            Assert.Equal(alone.Tokens, texts[i].Tokens);
        }
    }

    [Fact]
    public async Task A_text_that_always_repeats_itself_ends_at_the_seam()
    {
        var request = Request(new RepeatAfter(Seam, onlyFirst: false));
        var text = Assert.Single(await _generator.GenerateAsync(request, Cancellation));
        Assert.Equal(FinishReason.Repetition, text.FinishReason);
        Assert.Equal(Seam - request.PromptTokens!.Count, text.Tokens.Count);
        Assert.Equal(test.Model.Tokenizer.Decode([.. text.Tokens]), text.Text);
    }

    [Fact]
    public void Only_a_repeat_that_begins_at_the_seam_counts()
    {
        var guard = new SeamGuard(3);
        guard.Begin(8);
        Assert.False(guard.Complete(10));
        Assert.True(guard.Complete(11));
        Assert.True(guard.Repeats([1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4]));
        Assert.False(guard.Repeats([1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 5]));
        // The run before the seam is a repeat already.
        Assert.False(guard.Repeats([1, 2, 3, 1, 2, 1, 2, 3, 1, 2, 3]));
    }

    private static GenerationRequest Request(ILogitsProcessor rule) => new()
    {
        PromptTokens = [.. Enumerable.Range(30, 20)],
        HeaderTokens = Header,
        Rules = [rule],
        Sampling = new() { Seed = 5, MaxTokens = 80, Temperature = 1, TopK = 0, TopP = 1, RepetitionPenalty = 1, StopAtEndOfText = false },
    };

    /// <summary>Makes the text go on after the seam as the prompt did: with one beginning only, or with any.</summary>
    private sealed class RepeatAfter(int seam, bool onlyFirst) : ILogitsProcessor
    {
        public void Apply(TokenHistory text, Span<float> logits)
        {
            var all = text.All;
            var after = all.Length - seam;
            if (after == 0)
            {
                for (var id = 30; id < (onlyFirst ? 31 : 36); id++)
                {
                    logits[id] += 100 - id;
                }
            }
            else if (after is > 0 and < 14 && all[seam] is >= 30 and < 36)
            {
                logits[all[seam] + after] += 100;
            }
        }
    }
}
