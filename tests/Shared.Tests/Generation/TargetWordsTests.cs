using System.Text;
using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class TargetWordsTests(TestModel test)
{
    [Theory]
    [InlineData("One two. Three four five. Six seven.", 1, "One two.")]
    [InlineData("One two. Three four five. Six seven.", 2, "One two.")]
    [InlineData("One two. Three four five. Six seven.", 3, "One two. Three four five.")]
    [InlineData("It costs 3.50 today. Yes.", 3, "It costs 3.50 today.")]
    [InlineData("\"Stop.\" \"Why?\" she said. So.", 1, "\"Stop.\"")]
    [InlineData("A list\n\n* one\n* two\n\nThe rest. End", 2, "A list")]
    [InlineData("# Heading two\n\nThe text. More.", 2, "# Heading two\n\nThe text.")]
    [InlineData("```\nx = 1. \n\ny.\n```\n\nAfter it. More.", 1, "```\nx = 1. \n\ny.\n```")]
    [InlineData("No end in sight", 2, null)]
    public void The_text_ends_at_the_first_boundary_after_the_words(string text, int words, string? expected)
    {
        for (var size = 1; size < 9; size++)
        {
            var target = new WordTarget(words);
            var kept = new StringBuilder();
            foreach (var piece in text.Chunk(size))
            {
                kept.Append(target.Append(new(piece)));
            }

            Assert.Equal((expected ?? text, expected is not null), (kept + target.Flush(complete: true), target.Reached));
        }
    }

    [Theory]
    [InlineData("One two. Three four. Five si", "One two. Three four.")]
    [InlineData("One two.\n\n# Heading\n\nA bit of tex", "One two.")]
    [InlineData("One two.\n\nA block without end\n\nand mor", "One two.\n\nA block without end")]
    [InlineData("One two. Then\n\n```\ncode.\n", "One two. Then")]
    [InlineData("no sentence at al", "no sentence at")]
    public void A_text_that_a_limit_ends_keeps_its_whole_sentences_however_it_came(string text, string expected)
    {
        for (var size = 1; size < 9; size++)
        {
            var target = new WordTarget(100);
            var kept = new StringBuilder();
            foreach (var piece in text.Chunk(size))
            {
                kept.Append(target.Append(new(piece)));
                Assert.StartsWith(kept.ToString(), expected, StringComparison.Ordinal);
            }

            Assert.Equal(expected, kept + target.Flush(complete: false));
        }
    }

    [Fact]
    public async Task A_stream_that_the_limit_ends_says_what_the_whole_text_says()
    {
        var full = test.Model.Tokenizer.Encode("a. b, c ");
        for (var seed = 1; seed < 6; seed++)
        {
            var sampling = new SamplingOptions { MaxTokens = 55, Seed = (ulong)seed, LogitBias = full.Distinct().ToDictionary(id => id, _ => 5f), StopAtEndOfText = false };
            var request = new GenerationRequest { Prompt = "The cat ", TargetWords = 10_000, Sampling = sampling };
            var streamed = new StringBuilder();
            await foreach (var token in new TextGenerator(test.Model).StreamAsync(request, TestContext.Current.CancellationToken))
            {
                streamed.Append(token.Text);
            }

            var plain = Assert.Single(await new TextGenerator(test.Model).GenerateAsync(request with { TargetWords = 0 }, TestContext.Current.CancellationToken));
            var whole = Assert.Single(await new TextGenerator(test.Model).GenerateAsync(request, TestContext.Current.CancellationToken));
            Assert.Equal((whole.Text, FinishReason.Length), (streamed.ToString(), whole.FinishReason));
            Assert.True(whole.Text.Length < plain.Text.Length && plain.Text.StartsWith(whole.Text, StringComparison.Ordinal), plain.Text);
        }
    }

    [Fact]
    public async Task Beam_search_ends_at_the_boundary_too()
    {
        var sentence = test.Model.Tokenizer.Encode(" ends here. ");
        var sampling = new SamplingOptions { MaxTokens = 40, LogitBias = sentence.Distinct().ToDictionary(id => id, _ => 9f), StopAtEndOfText = false };
        var request = new GenerationRequest { Prompt = "The cat ", TargetWords = 3, Sampling = sampling };
        var found = Assert.Single(await new BeamSearch(test.Model).SearchAsync(request, new() { Beams = 3 }, TestContext.Current.CancellationToken));
        Assert.Contains(found.Text.FinishReason, new[] { FinishReason.Target, FinishReason.Length });
        Assert.Equal(found.Text.Text.TrimEnd(), found.Text.Text);
    }

    [Fact]
    public async Task A_generated_text_ends_with_a_sentence_and_names_the_reason()
    {
        var sentence = test.Model.Tokenizer.Encode(" ends here. ");
        var sampling = new SamplingOptions { MaxTokens = 60, Seed = 3, LogitBias = sentence.Distinct().ToDictionary(id => id, _ => 6f), StopAtEndOfText = false };
        var request = new GenerationRequest { Prompt = "The cat ", TargetWords = 4, Sampling = sampling };
        var text = Assert.Single(await new TextGenerator(test.Model).GenerateAsync(request, TestContext.Current.CancellationToken));
        Assert.Contains(text.FinishReason, new[] { FinishReason.Target, FinishReason.Length });
        Assert.True(text.FinishReason == FinishReason.Length || text.Text.EndsWith('.') || text.Text.EndsWith('\n'), text.Text);
    }
}
