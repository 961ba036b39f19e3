using System.Diagnostics;
using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Generation.Batching;
using Pipeline.Generation.Drafts;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// Texts of a trained model, one at a time as they are served: with guesses of the next tokens and without. How many guesses come true
/// depends on model and corpus, so this takes a model's folder and its corpus instead of random weights.
/// </summary>
internal static class TextSpeed
{
    private const int Texts = 24;
    private const int Length = 300;
    private const int Rounds = 3;

    /// <summary>Measures.</summary>
    /// <param name="folder">A model folder.</param>
    /// <param name="corpus">The <c>train.jsonl</c> that it was trained on.</param>
    /// <param name="options">How it runs.</param>
    public static int Measure(string folder, string corpus, LanguageModelOptions options)
    {
        using var model = LanguageModel.Load(folder, null, options);
        var learnt = DraftIndex.Build(CorpusFiles.ReadTexts(corpus).Select(text => (IReadOnlyList<int>)[.. model.Tokenizer.Encode(text)]));
        foreach (var (name, temperature) in new[] { ("greedy", 0f), ("sampled", new SamplingOptions().Temperature) })
        {
            using var plain = new BatchScheduler(model, 1, guessing: false);
            using var itself = new BatchScheduler(model, 1);
            using var both = new BatchScheduler(model, 1, learnt);
            DecodeBenchmark.Say($"text.{name}.plain", Speed(model, plain, temperature), "tok/s", null, "-");
            DecodeBenchmark.Say($"text.{name}.speculative.itself", Speed(model, itself, temperature), "tok/s", null, "-");
            DecodeBenchmark.Say($"text.{name}.speculative.corpus", Speed(model, both, temperature), "tok/s", null, "-");
            DecodeBenchmark.Say($"text.{name}.guesses_true", (double)both.Guesses.True / Math.Max(1, both.Guesses.Guessed), "of those made", null, "-");
        }

        return 0;
    }

    // The best of the rounds: the texts are the same every time.
    private static double Speed(LanguageModel model, BatchScheduler scheduler, float temperature)
    {
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var (tokens, start) = (0, Stopwatch.GetTimestamp());
            for (var seed = 0; seed < Texts; seed++)
            {
                var request = new GenerationRequest
                {
                    PromptTokens = [model.Tokenizer.EndOfTextId],
                    Sampling = new() { MaxTokens = Length, Temperature = temperature, Seed = (ulong)seed, MinTokens = Length / 2 },
                };
                tokens += scheduler.GenerateAsync(request, CancellationToken.None).GetAwaiter().GetResult()[0].Tokens.Count;
            }

            best = Math.Max(best, tokens / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
