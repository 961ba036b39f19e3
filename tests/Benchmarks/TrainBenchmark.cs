using System.Diagnostics;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.Benchmarks;

/// <summary>Training steps in turns with PyTorch's on the same two cores, each in a process of its own.</summary>
internal static class TrainBenchmark
{
    private const int Rounds = 7;

    // The peer's threads wait busily for a while after a step.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        string[] all = [.. TrainWorkload.All.Select(workload => workload.Name), TrainProgram.Name];
        if (names.FirstOrDefault(name => !all.Contains(name)) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"There is no workload {unknown}; choose of {string.Join(", ", all)}.");
            return 2;
        }

        await TrainPeer.EnsureAsync(cancellation);
        var good = (names.Count > 0 && !names.Contains(TrainProgram.Name)) || await TrainProgram.RunAsync(cancellation);
        foreach (var workload in TrainWorkload.All.Where(workload => names.Count == 0 || names.Contains(workload.Name)))
        {
            good &= await RunAsync(workload, cancellation);
        }

        return good ? 0 : 1;
    }

    /// <summary>Memory that a virtual machine has given back to its host comes slowly, to whichever process is the first to want it again: this one.</summary>
    public static async Task ClaimMemoryAsync(TrainWorkload workload, CancellationToken cancellation)
    {
        using var first = StartOurs(workload);
        await first.StepAsync(cancellation);
        await first.EndAsync(cancellation);
    }

    /// <summary>The engine in another process.</summary>
    private static TrainProcess StartOurs(TrainWorkload workload) =>
        TrainProcess.Start(new ProcessStartInfo(Environment.ProcessPath!, ["train-worker", workload.Name]));

    private static async Task<bool> RunAsync(TrainWorkload workload, CancellationToken cancellation)
    {
        await ClaimMemoryAsync(workload, cancellation);
        using var ours = StartOurs(workload);
        await ours.StepAsync(cancellation);
        if (workload.Ratio is not { } goal)
        {
            await ours.StepAsync(cancellation);
            return Report(workload, ours, await ours.EndAsync(cancellation));
        }

        using var peer = TrainPeer.Start(workload);
        var version = await peer.VersionAsync(cancellation);
        if (!version.EndsWith(" on OpenBLAS", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The peer is {version}: the comparison would say nothing.");
        }

        await peer.StepAsync(cancellation);
        var products = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.Delay(Pause, cancellation);
            await ours.StepAsync(cancellation);
            await peer.StepAsync(cancellation);
            products.AddRange(GemmSpeed.Measure());
            products.Add(await peer.ProductsAsync(cancellation));
        }

        var (peerStep, peak) = (Median(peer.Steps), products.Max());
        var (memory, peerMemory) = (await ours.EndAsync(cancellation), await peer.EndAsync(cancellation));
        var ratio = Median(ours.Steps.Zip(peer.Steps, (our, their) => our / their));
        Print($"figure train.{workload.Name}.peer {peerStep * 1000:F0} ms | goal - | peer {version}");
        Print($"figure train.{workload.Name}.ratio {ratio:F2} of the peer's step | goal <= {goal:F2} | peer {version}");
        if (workload.Options.Equals(new()))
        {
            // The fastest beside the fastest: what a neighbour on the same processor slows down is neither.
            Print($"figure train.{workload.Name}.products {workload.Work / ours.Steps.Min():F0} GFLOP/s, {100 * workload.Work / ours.Steps.Min() / peak:F0} % of {peak:F0} | goal {(workload.Shape.Parameters > 1e8 ? ">= 80 %" : "-")} | peer {workload.Work / peer.Steps.Min():F0} GFLOP/s, {version}");
        }

        return Report(workload, ours, memory, peerMemory, version) && ratio <= goal;
    }

    private static bool Report(TrainWorkload workload, TrainProcess ours, double memory, double? peerMemory = null, string peer = "-")
    {
        var goal = workload.Memory ?? (peerMemory / 1e6);
        var tokens = workload.Rows * workload.Length / Median(ours.Steps);
        Print($"figure train.{workload.Name}.step {Median(ours.Steps) * 1000:F0} ms, {tokens:F0} tokens/s | goal - | peer {peer}");
        Print($"figure train.{workload.Name}.memory {memory / 1e6:F0} MB | goal <= {goal:F0} | peer {peer}");
        var estimate = MemoryEstimate.Of(workload.Shape, workload.Rows, workload.Length, workload.Options).Total;
        Print($"figure train.{workload.Name}.estimate {estimate / 1e6:F0} MB foretold, {100 * ((estimate / memory) - 1):+0;-0} % | goal within 15 % | peer -");
        Print($"figure train.{workload.Name}.start {ours.FirstStep - Median(ours.Steps):F2} s to the first step | goal {(workload.Shape.Parameters > 1e9 ? "-" : workload.Shape.Parameters > 1e7 ? "<= 5" : "<= 1")} | peer -");
        return memory / 1e6 <= goal && Math.Abs((estimate / memory) - 1) <= 0.15;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static void Print(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
