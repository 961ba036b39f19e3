using System.Diagnostics;
using System.Globalization;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// The process of one engine and one model file: loads, says so, then measures whatever the lines of standard input ask for. Answers are
/// one line each.
/// </summary>
internal static class DecodeWorker
{
    /// <summary>Serves until standard input ends.</summary>
    /// <param name="open">Loads the engine.</param>
    public static int Run(Func<IDecodeEngine> open)
    {
        var start = Stopwatch.GetTimestamp();
        using var engine = open();
        Say(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            var numbers = words.Skip(1).Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            Say(words[0] switch
            {
                "decode" => Decode(engine, numbers[0], numbers[1], numbers[2]),
                "prefill" => Prefill(engine, numbers[0]),
                "extend" => Extend((PipelineEngine)engine, numbers[0], numbers[1], numbers[2]),
                "bytes" => ((PipelineEngine)engine).BytesPerToken,
                "peak" => PeakMegabytes(),
                _ => throw new ArgumentException($"Unknown request '{line}'."),
            });
        }

        return 0;
    }

    /// <summary>The same tokens for every engine.</summary>
    public static int[] Prompt(int row, int length) => [.. Enumerable.Range(0, length).Select(i => ((row * 7919) + (i * 104729)) % 50000)];

    private static double Decode(IDecodeEngine engine, int rows, int prompt, int steps)
    {
        engine.Start(rows);
        engine.Prefill([.. Enumerable.Range(0, rows).Select(row => Prompt(row, prompt))]);
        var next = new int[rows];
        Choose(prompt);
        var start = Stopwatch.GetTimestamp();
        for (var step = 0; step < steps; step++)
        {
            engine.Step(next, prompt + step);
            Choose(0);
        }

        return rows * steps / Stopwatch.GetElapsedTime(start).TotalSeconds;

        void Choose(int promptLength)
        {
            for (var row = 0; row < rows; row++)
            {
                next[row] = engine.Best(row, promptLength);
            }
        }
    }

    // Steps a second that take in several tokens of one text, as guesses are checked.
    private static double Extend(PipelineEngine engine, int tokens, int prompt, int steps)
    {
        engine.Start(1);
        engine.Prefill([Prompt(0, prompt)]);
        var guesses = Prompt(1, tokens);
        var start = Stopwatch.GetTimestamp();
        for (var step = 0; step < steps; step++)
        {
            engine.Check(guesses, prompt);
        }

        return steps / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Prefill(IDecodeEngine engine, int length)
    {
        engine.Start(1);
        var prompt = Prompt(0, length);
        var start = Stopwatch.GetTimestamp();
        engine.Prefill([prompt]);
        _ = engine.Best(0, length);
        return length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // The most that was ever resident at once; a mapped file counts as far as it was read.
    private static double PeakMegabytes() =>
        double.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static void Say(double number) => Console.WriteLine(number.ToString("F2", CultureInfo.InvariantCulture));
}
