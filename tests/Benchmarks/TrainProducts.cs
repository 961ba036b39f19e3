using Pipeline.TrainerJob.Graphs;

namespace Pipeline.Benchmarks;

/// <summary>Each product of matrices of a training step by itself: which of them keeps the step from the fastest product's speed.</summary>
internal static class TrainProducts
{
    private const int Repetitions = 15;

    // What a training step does between two products of one size leaves nothing of the operands in the caches.
    private const int FlushedNumbers = 24 << 20;

    /// <summary>Prints a row for each size: GFLOP/s with cold caches, as in a step, and with warm ones, each the best of several.</summary>
    public static int Run(string name)
    {
        var workload = TrainWorkload.All.FirstOrDefault(workload => workload.Name == name);
        if (workload is null)
        {
            Console.Error.WriteLine($"There is no workload {name}.");
            return 2;
        }

        var (tokens, width, layers) = (workload.Rows * workload.Length, workload.Shape.Width, workload.Shape.Layers);
        (string Name, int In, int Out, int Count)[] matrices =
        [
            ("attention's input", width, 3 * width, layers),
            ("attention's output", width, width, layers),
            ("feed-forward's first", width, 4 * width, layers),
            ("feed-forward's second", 4 * width, width, layers),
            ("head", width, workload.Shape.Vocabulary, 1),
        ];
        var flushed = new float[FlushedNumbers];
        Console.WriteLine($"{"product",-24}{"m",7}{"n",7}{"k",7}{"times",7}{"GFLOP",8}{"cold",7}{"warm",7}  GFLOP/s");
        var (work, inStep, warmed) = (0.0, 0.0, 0.0);
        foreach (var (matrix, inputs, outputs, count) in matrices)
        {
            // The head's table lies as [out, in], the other weights as [in, out].
            var head = matrix == "head";
            Product[] products =
            [
                new("forward", tokens, outputs, inputs, TransposeB: head),
                new("of the input", tokens, inputs, outputs, TransposeB: !head),
                head ? new("of the weight", outputs, inputs, tokens, TransposeA: true) : new("of the weight", inputs, outputs, tokens, TransposeA: true),
            ];
            foreach (var product in products)
            {
                var (cold, warm) = product.Measure(flushed);
                var all = 2e-9 * product.M * product.N * product.K * count;
                (work, inStep, warmed) = (work + all, inStep + (cold * count), warmed + (warm * count));
                Console.WriteLine($"{matrix,-24}{product.M,7}{product.N,7}{product.K,7}{count,7}{all,8:F1}{all / count / cold,7:F0}{all / count / warm,7:F0}  {product.Name}");
            }
        }

        Console.WriteLine($"all {work:F0} GFLOP: {work / inStep:F0} GFLOP/s cold, {work / warmed:F0} warm");
        return 0;
    }

    private sealed record Product(string Name, int M, int N, int K, bool TransposeA = false, bool TransposeB = false)
    {
        /// <summary>The least seconds with cold and with warm caches.</summary>
        public (double Cold, double Warm) Measure(float[] flushed)
        {
            using var product = new TimedProduct(GraphOperators.Kernels, M, N, K, TransposeA, TransposeB);
            var cold = Enumerable.Range(0, Repetitions).Min(i =>
            {
                flushed.AsSpan().Fill(i);
                return product.Seconds();
            });
            return (cold, Enumerable.Range(0, Repetitions).Min(_ => product.Seconds()));
        }
    }
}
