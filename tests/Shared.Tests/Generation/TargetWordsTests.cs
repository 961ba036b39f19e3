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
    [InlineData("A list\n\n* one\n* two\n\nThe rest. End", 2, "A list\n")]
    [InlineData("# Heading two\n\nThe text. More.", 2, "# Heading two\n\nThe text.")]
    [InlineData("```\nx = 1. \n\ny.\n```\n\nAfter it. More.", 1, "```\nx = 1. \n\ny.\n```\n")]
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

            Assert.Equal((expected ?? text, expected is not null), (kept.ToString(), target.Reached));
        }
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
