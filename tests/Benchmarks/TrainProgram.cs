using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Benchmarks;

/// <summary>The trainer job's own program as people start it: how long until its first step is logged, and to be saved when it is told to end.</summary>
internal static class TrainProgram
{
    /// <summary>The part's name on the command line.</summary>
    public const string Name = "program";

    private const int Posts = 200;
    private const int WordsOfPost = 300;
    private const int Interrupted = 3;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static async Task<bool> RunAsync(CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        var data = folder.Sub("posts.jsonl");
        await File.WriteAllLinesAsync(data, MadeUpPosts(), cancellation);
        var tiny = await MeasureAsync(folder, "tiny", ["--preset", "tiny", "--steps", "100000"], data, cancellation);
        WriteGpt2(folder.Sub("gpt2"));
        await TrainBenchmark.ClaimMemoryAsync(TrainWorkload.Named("gpt2-4x256"), cancellation);
        var gpt2 = await MeasureAsync(folder, "gpt2", ["--base", folder.Sub("gpt2"), "--steps", "1000"], data, cancellation);
        var resumed = await MeasureAsync(folder, "gpt2", ["--base", folder.Sub("gpt2"), "--steps", "1000"], data, cancellation);
        Print($"figure train.program.tiny.start {tiny.Start:F2} s to the first step, its own time of {tiny.Step:F2} s taken off | goal <= 1 | peer -");
        Print($"figure train.program.gpt2.start {gpt2.Start:F2} s to the first step, its own time of {gpt2.Step:F2} s taken off | goal <= 5 | peer -");
        Print($"figure train.program.gpt2.save {gpt2.Save:F1} s from SIGTERM to the end, the step in hand and a checkpoint of 1.5 GB included | goal <= 20 | peer -");
        Print($"figure train.program.gpt2.resumed {resumed.Memory / 1e6:F0} MB at most after going on from the checkpoint | goal <= {1.02 * gpt2.Memory / 1e6:F0}, 1.02 times the run's before | peer -");
        return tiny.Start <= 1 && gpt2.Start <= 5 && gpt2.Save <= 20 && resumed.Memory <= 1.02 * gpt2.Memory;
    }

    /// <summary>Starts a training or goes on with it, waits for five steps, and tells it to end.</summary>
    private static async Task<(double Start, double Step, double Save, double Memory)> MeasureAsync(
        TemporaryFolder folder, string name, string[] arguments, string data, CancellationToken cancellation)
    {
        var work = folder.Sub(name + "-work");
        string[] all = ["exec", Path.Combine(AppContext.BaseDirectory, "Pipeline.TrainerJob.dll"), "train", "--data", data, "--output", folder.Sub(name + "-model"), "--work", work, .. arguments];
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("dotnet did not start.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        var before = Steps(work);
        var times = new List<double>();
        while (times.Count < 5)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The program ended early: {await error}");
            }

            await Task.Delay(Look, cancellation);
            for (var steps = Steps(work) - before; times.Count < steps;)
            {
                times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        }

        var memory = (double)TrainWorker.PeakBytes(process.Id);
        started = Stopwatch.GetTimestamp();
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(cancellation);
        }

        await process.WaitForExitAsync(cancellation);
        var save = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (process.ExitCode != Interrupted)
        {
            throw new InvalidOperationException($"The program ended with {process.ExitCode}: {await error}");
        }

        _ = await output;
        var step = Enumerable.Range(1, times.Count - 1).Min(i => times[i] - times[i - 1]);
        return (times[0] - step, step, save, memory);
    }

    /// <summary>Steps in the log of the one run there is.</summary>
    private static int Steps(string work)
    {
        var runs = Path.Combine(work, "runs");
        var log = Directory.Exists(runs) ? Directory.EnumerateFiles(runs, "train.log", SearchOption.AllDirectories).FirstOrDefault() : null;
        if (log is null)
        {
            return 0;
        }

        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return Math.Max(0, reader.ReadToEnd().Count(c => c == '\n') - 1);
    }

    /// <summary>A model of GPT-2's sizes with random weights and GPT-2's own vocabulary.</summary>
    private static void WriteGpt2(string folder)
    {
        using var parameters = Gpt2Parameters.Allocate(ModelShape.Gpt2);
        TrainWorkload.Fill(parameters);
        var tokenizer = BpeTokenizer.Gpt2();
        Gpt2Folder.Save(folder, ModelShape.Gpt2, parameters, tokenizer.EndOfTextId);
        tokenizer.Save(folder);
    }

    private static IEnumerable<string> MadeUpPosts()
    {
        string[] words = ["bread", "river", "stone", "walks", "under", "quiet", "lamp", "green", "window", "before", "rain", "garden", "slowly", "letter", "and", "the"];
        var random = new Random(1);
        for (var post = 0; post < Posts; post++)
        {
            var text = string.Join(' ', Enumerable.Range(0, WordsOfPost).Select(_ => words[random.Next(words.Length)]));
            yield return $"{{\"text\":\"{JsonEncodedText.Encode($"Post {post}. {text}")}\"}}";
        }
    }

    private static void Print(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
