using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.Benchmarks;

/// <summary>The engine in a process of its own, so that its memory is its own: a step for each line of standard input.</summary>
internal static class TrainWorker
{
    private const double LearningRate = 1e-4;

    public static int Run(string name, string? profilePrefix)
    {
        var workload = TrainWorkload.Named(name);
        using var parameters = Gpt2Parameters.Allocate(workload.Shape);
        TrainWorkload.Fill(parameters);
        using var engine = new TrainingEngine(workload.Shape, parameters, workload.Options with { ProfilePrefix = profilePrefix });
        var batch = workload.Batch();
        var scale = 1.0 / batch.Labels.Count(label => label != TrainingBatch.Ignored);
        for (var step = 1; Console.ReadLine() == "step"; step++)
        {
            var started = Stopwatch.GetTimestamp();
            var loss = engine.Accumulate(batch, scale);
            engine.GradientNorm();
            engine.Update(new AdamWOptions(), step, LearningRate, clipNorm: 1);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {loss.Mean}"));
        }

        Console.WriteLine(PeakBytes(Environment.ProcessId).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>What the kernel counted as the process's largest resident set.</summary>
    public static long PeakBytes(int process)
    {
        const string key = "VmHWM:";
        var line = File.ReadLines($"/proc/{process}/status", Encoding.ASCII).First(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
