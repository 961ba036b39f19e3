using Pipeline.Benchmarks;

return args switch
{
    ["corpus"] => await CorpusBenchmark.RunAsync(CancellationToken.None),
    ["quality"] => QualityBenchmark.Run(),
    ["tokenize"] => await TokenizeBenchmark.RunAsync(CancellationToken.None),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks -- corpus | quality | tokenize");
    return 2;
}
