using System.Diagnostics;
using Pipeline.Generation;
using Pipeline.Tokenization;

namespace Pipeline.Benchmarks.Decode;

/// <summary>Many texts in one process, one after the other: neither memory nor the time of a token may grow.</summary>
internal static class LongRun
{
    private const int Texts = 500;
    private const int Tokens = 24;
    private const int Compared = 100;

    /// <summary>Measures.</summary>
    /// <param name="path">A serving file of GPT-2's vocabulary.</param>
    /// <param name="options">How it runs.</param>
    /// <returns>How much slower the last texts' tokens are than the first ones', as a ratio, and megabytes that came on top since the first.</returns>
    public static (double Slower, double Megabytes) Measure(string path, LanguageModelOptions options)
    {
        var folder = Path.GetDirectoryName(path)!;
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), """{"model_type":"gpt2"}""");
        BpeTokenizer.Gpt2().Save(folder);
        using var model = LanguageModel.Load(folder, Path.GetFileName(path), options);
        var generator = new TextGenerator(model);
        Generate(Compared);
        var (memory, times) = (Environment.WorkingSet, new double[Texts]);
        for (var text = 0; text < Texts; text++)
        {
            var start = Stopwatch.GetTimestamp();
            Generate(1, text);
            times[text] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return (Undisturbed(times[^Compared..]) / Undisturbed(times[..Compared]), (Environment.WorkingSet - memory) / 1e6);

        void Generate(int count, int seed = 0)
        {
            for (var i = 0; i < count; i++)
            {
                var request = new GenerationRequest
                {
                    PromptTokens = DecodeWorker.Prompt(seed % 7, 32),
                    Sampling = new() { MaxTokens = Tokens, MinTokens = Tokens, Seed = (ulong)(seed + i) },
                };
                _ = generator.GenerateAsync(request, CancellationToken.None).GetAwaiter().GetResult();
            }
        }
    }

    // What a text takes when nothing else runs: other machines' memory traffic comes and goes.
    private static double Undisturbed(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 10];
    }
}
