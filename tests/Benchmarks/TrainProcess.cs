using System.Diagnostics;
using System.Globalization;

namespace Pipeline.Benchmarks;

/// <summary>A training in another process, ours or the peer's, that takes a step when it is told to.</summary>
internal sealed class TrainProcess : IDisposable
{
    private readonly Process _process;
    private readonly long _started = Stopwatch.GetTimestamp();

    private TrainProcess(Process process) => _process = process;

    /// <summary>The seconds of each step but the first.</summary>
    public List<double> Steps { get; } = [];

    /// <summary>The seconds from the process's start to the end of its first step.</summary>
    public double FirstStep { get; private set; }

    /// <summary>The loss of each step.</summary>
    public List<double> Losses { get; } = [];

    public static TrainProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        return new TrainProcess(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start."));
    }

    /// <summary>Takes one step.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync("step", cancellation);
        if (Losses.Count == 0)
        {
            FirstStep = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        }
        else
        {
            Steps.Add(Number(answer.Split(' ')[0]));
        }

        Losses.Add(Number(answer.Split(' ')[1]));
    }

    /// <summary>The largest of some products of matrices that the process can do, in GFLOP/s; the peer alone answers this.</summary>
    public async Task<double> ProductsAsync(CancellationToken cancellation) => Number(await AskAsync("products", cancellation));

    /// <summary>What the peer says about itself.</summary>
    public Task<string> VersionAsync(CancellationToken cancellation) => AskAsync("version", cancellation);

    /// <summary>Ends it; gives the largest resident set that it ever had, in bytes.</summary>
    public async Task<double> EndAsync(CancellationToken cancellation)
    {
        var peak = Number(await AskAsync("end", cancellation));
        await _process.WaitForExitAsync(cancellation);
        return peak;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private async Task<string> AskAsync(string what, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(what.AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
        return await _process.StandardOutput.ReadLineAsync(cancellation)
            ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} ended early.");
    }
}
