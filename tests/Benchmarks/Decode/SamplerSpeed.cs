using System.Diagnostics;
using Pipeline.Generation;

namespace Pipeline.Benchmarks.Decode;

/// <summary>Choosing a token as /api/sample does by itself: penalty, temperature, top-k, top-p.</summary>
internal static class SamplerSpeed
{
    private const int Length = 300;
    private const int Choices = 2000;

    /// <summary>Seconds a choice, the best of some rounds.</summary>
    public static double Measure(int rounds)
    {
        var random = new Random(1);
        float[] logits = [.. Enumerable.Range(0, ModelShape.Gpt2.Vocabulary).Select(_ => (float)(3 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        var text = DecodeWorker.Prompt(0, Length);
        var options = new SamplingOptions();
        var sampler = new Sampler(options, Sampler.Rules(options, 0, _ => []), 1);
        var best = double.PositiveInfinity;
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Choices; i++)
            {
                _ = sampler.Next(new(text, Length / 2), logits);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / Choices);
        }

        return best;
    }
}
