using Pipeline.Benchmarks;
using Pipeline.Benchmarks.Decode;
using Pipeline.Benchmarks.Load;

return args switch
{
    ["app", .. var parts] => await AppBenchmark.RunAsync(parts, CancellationToken.None),
    ["corpus"] => await CorpusBenchmark.RunAsync(CancellationToken.None),
    ["decode", .. var parts] => DecodeBenchmark.Run(parts),
    ["load", .. var parts] => await LoadBenchmark.RunAsync(parts, CancellationToken.None),
    ["lstm"] => await LstmBenchmark.RunAsync(CancellationToken.None),
    ["lstm-worker", var what] => LstmWorker.Run(what),
    ["quality"] => QualityBenchmark.Run(),
    ["train", .. var workloads] => await TrainBenchmark.RunAsync(workloads, CancellationToken.None),
    ["train-products", var workload] => TrainProducts.Run(workload),
    ["train-worker", var workload] => TrainWorker.Run(workload, profilePrefix: null),
    ["train-worker", var workload, var profilePrefix] => TrainWorker.Run(workload, profilePrefix),
    ["tokenize"] => await TokenizeBenchmark.RunAsync(CancellationToken.None),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks -- app [PART...] | corpus | decode [PART...] | load [PART...] [SECONDS] | lstm | quality | tokenize | train [WORKLOAD...] | train-products WORKLOAD");
    return 2;
}
