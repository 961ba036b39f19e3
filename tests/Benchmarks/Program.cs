using Pipeline.Benchmarks;

return args switch
{
    ["tokenize"] => await TokenizeBenchmark.RunAsync(CancellationToken.None),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks -- tokenize");
    return 2;
}
