using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

/// <summary>The model folder in other people's hands: Transformers.js loads it as it is and says what we say.</summary>
public sealed class PortableModelTests(TestModel test, TransformersPeer peer)
{
    private static readonly string[] Prompts =
    [
        "The cat ", "Why does bread rise?", "A bicycle", "Garden notes:", "the rain came late; the soil", "Übermut tut selten gut", "oil", "sings\nin the morning",
        "I", "12 beans and 3 peas", "title: The kettle\n\nIt", "It rises because", "!?", "日本語", "🚲 goes out",
        "A stubborn row of", "\tTabs and  two spaces ", "https://a.org", "don't we'll they've", "tyres, oil on its chain",
    ];

    [Theory]
    [InlineData("fp32", LanguageModel.Float32File, false)]
    [InlineData("fp32", LanguageModel.Float32File, true)]
    [InlineData("q8", LanguageModel.QuantizedFile, false)]
    [InlineData("q8", LanguageModel.QuantizedFile, true)]
    [InlineData("q4", LanguageModel.FourBitFile, false)]
    [InlineData("q4", LanguageModel.FourBitFile, true)]
    public async Task Transformers_js_writes_the_same_greedy_text(string dtype, string file, bool paddedOnTheLeft)
    {
        using var model = LanguageModel.Load(test.Folder, file);
        var generator = new TextGenerator(model);
        // Theirs ends where the context does, ours would go on in a new window.
        var length = model.Shape.Context - Prompts.Max(prompt => model.Tokenizer.Encode(prompt).Count);
        Assert.True(length >= 30);
        var theirs = await peer.GreedyAsync(test.Folder, dtype, Prompts, length, paddedOnTheLeft);
        for (var i = 0; i < Prompts.Length; i++)
        {
            var ours = Assert.Single(await generator.GenerateAsync(
                new() { Prompt = Prompts[i], Sampling = SamplingOptions.Greedy with { MaxTokens = length, StopAtEndOfText = false } }, TestContext.Current.CancellationToken));
            var end = ours.Tokens.ToList().IndexOf(model.Tokenizer.EndOfTextId) is >= 0 and var at ? at : length;
            Assert.Equal(ours.Tokens.Take(end), theirs[i].Take(end));
        }
    }

    [Theory]
    [InlineData("fp32", LanguageModel.Float32File, 1e-4)]
    [InlineData("q8", LanguageModel.QuantizedFile, 0.1)]
    public async Task Transformers_js_computes_the_same_logits(string dtype, string file, double tolerance)
    {
        using var session = DecoderSession.Open(Path.Combine(test.Folder, file));
        var text = test.Model.Tokenizer.Encode(Prompts[10]);
        using var cache = session.CreateCache(1, text.Count);
        cache.Prefill(0, [.. text]);
        var theirs = await peer.LogitsAsync(test.Folder, dtype, text);
        Assert.Equal(cache.Logits(0).Length, theirs.Length);
        Assert.InRange(theirs.Zip(cache.Logits(0).ToArray()).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
    }
}
