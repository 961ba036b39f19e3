using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.Benchmarks;

/// <summary>One product of matrices, [m, k] · [k, n], in a session on two threads, as training has it.</summary>
internal sealed class TimedProduct : IDisposable
{
    private readonly SessionOptions _options = new() { IntraOpNumThreads = 2 };
    private readonly RunOptions _run = new();
    private readonly KernelDomain _kernels;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly OrtValue _a;
    private readonly OrtValue _b;
    private readonly OrtValue _c;

    public TimedProduct(GraphOperators operators, int m, int n, int k, bool transposeA = false, bool transposeB = false)
    {
        var graph = new Graph(operators);
        int[] left = transposeA ? [k, m] : [m, k];
        int[] right = transposeB ? [n, k] : [k, n];
        graph.Output("c", graph.Gemm(graph.Input("a", ElementType.Number, [.. left]), graph.Input("b", ElementType.Number, [.. right]), transposeA: transposeA, transposeB: transposeB));
        _kernels = new KernelDomain(graph, _options);
        _session = _kernels.Open();
        _a = OrtValue.CreateTensorValueFromMemory(new float[m * k], [left[0], left[1]]);
        _b = OrtValue.CreateTensorValueFromMemory(new float[k * n], [right[0], right[1]]);
        _c = OrtValue.CreateTensorValueFromMemory(new float[m * n], [m, n]);
        _binding = _session.CreateIoBinding();
        _binding.BindInput("a", _a);
        _binding.BindInput("b", _b);
        _binding.BindOutput("c", _c);
    }

    /// <summary>Computes it once.</summary>
    /// <returns>The seconds that it took.</returns>
    public double Seconds()
    {
        var started = Stopwatch.GetTimestamp();
        _session.RunWithBinding(_run, _binding);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose()
    {
        _binding.Dispose();
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
        _session.Dispose();
        _kernels.Dispose();
        _run.Dispose();
        _options.Dispose();
    }
}
