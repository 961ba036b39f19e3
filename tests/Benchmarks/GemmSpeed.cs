using System.Diagnostics;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.Benchmarks;

/// <summary>The fastest product of matrices on this machine: ONNX Runtime's or our own.</summary>
internal static class GemmSpeed
{
    private const int Repetitions = 12;

    /// <summary>GFLOP/s on two threads: the best of some sizes that training has and of square ones.</summary>
    public static double[] Measure() => [Best(GraphOperators.Portable), Best(GraphOperators.Kernels)];

    private static double Best(GraphOperators operators) =>
        new[] { (1024, 1024, 1024), (2048, 2048, 2048), (512, 3072, 768), (768, 3072, 1024) }.Max(size => Best(operators, size.Item1, size.Item2, size.Item3));

    private static double Best(GraphOperators operators, int m, int n, int k)
    {
        var graph = new Graph(operators);
        graph.Output("c", graph.Gemm(graph.Input("a", ElementType.Number, [m, k]), graph.Input("b", ElementType.Number, [k, n])));
        using var options = new SessionOptions { IntraOpNumThreads = 2 };
        using var kernels = new KernelDomain(graph, options);
        using var session = kernels.Open(graph.ToModel().ToByteArray(), options);
        using var a = OrtValue.CreateTensorValueFromMemory(new float[m * k], [m, k]);
        using var b = OrtValue.CreateTensorValueFromMemory(new float[k * n], [k, n]);
        using var c = OrtValue.CreateTensorValueFromMemory(new float[m * n], [m, n]);
        using var binding = session.CreateIoBinding();
        binding.BindInput("a", a);
        binding.BindInput("b", b);
        binding.BindOutput("c", c);
        using var run = new RunOptions();
        var best = 0.0;
        for (var i = 0; i < Repetitions; i++)
        {
            var started = Stopwatch.GetTimestamp();
            session.RunWithBinding(run, binding);
            best = Math.Max(best, 2e-9 * m * n * k / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best;
    }
}
