using System.Diagnostics;
using Pipeline.Generation;

namespace Pipeline.Benchmarks.Decode;

/// <summary>A process from its start to the first token after a prompt of 64.</summary>
internal static class ColdStart
{
    private const int PromptLength = 64;

    /// <summary>Seconds until a fresh process has said its first token; the file is in the system's cache.</summary>
    public static double Measure(string path)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["decode", "first", path]) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The process said no token.");
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.WaitForExit();
        return seconds;
    }

    public static int FirstToken(string path, LanguageModelOptions options)
    {
        using var engine = new PipelineEngine(path, options);
        engine.Start(1);
        engine.Prefill([DecodeWorker.Prompt(0, PromptLength)]);
        Console.WriteLine(engine.Best(0, PromptLength));
        return 0;
    }
}
