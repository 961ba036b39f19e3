using Pipeline.Benchmarks;

return args switch
{
    ["corpus"] => await CorpusBenchmark.RunAsync(CancellationToken.None),
    ["quality"] => QualityBenchmark.Run(),
    ["train", .. var workloads] => await TrainBenchmark.RunAsync(workloads, CancellationToken.None),
    ["train-worker", var workload] => TrainWorker.Run(workload),
    ["tokenize"] => await TokenizeBenchmark.RunAsync(CancellationToken.None),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks -- corpus | quality | tokenize | train [WORKLOAD...]");
    return 2;
}
