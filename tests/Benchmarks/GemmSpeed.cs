using Pipeline.TrainerJob.Graphs;

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
        using var product = new TimedProduct(operators, m, n, k);
        return Enumerable.Range(0, Repetitions).Max(_ => 2e-9 * m * n * k / product.Seconds());
    }
}
