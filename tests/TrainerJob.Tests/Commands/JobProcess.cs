using System.Diagnostics;
using System.Globalization;
using Pipeline.Testing;

namespace Pipeline.TrainerJob.Tests.Commands;

/// <summary>The built program as its users start it.</summary>
internal sealed class JobProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private JobProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        _error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public static JobProcess Start(TemporaryFolder folder, params IEnumerable<string> arguments) => Start(folder, new Dictionary<string, string>(), arguments);

    public static JobProcess Start(TemporaryFolder folder, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Pipeline.TrainerJob.dll"), .. arguments])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new JobProcess(Process.Start(start)!);
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(TemporaryFolder folder, params IEnumerable<string> arguments)
    {
        using var process = Start(folder, arguments);
        return await process.EndAsync();
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(
        TemporaryFolder folder, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        using var process = Start(folder, environment, arguments);
        return await process.EndAsync();
    }

    public async Task<(int Code, string Output, string Error)> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _output, await _error);
    }

    /// <summary>Sends a signal by its name, such as INT.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public bool HasExited => _process.HasExited;

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until the run's log has so many steps.</summary>
    public async Task WaitForStepAsync(string log, int step)
    {
        while (!File.Exists(log) || File.ReadLines(log).Count() <= step)
        {
            Assert.False(_process.HasExited, "The program ended before it was to be stopped.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until the only run of a folder has so many steps, and returns its folder.</summary>
    public async Task<string> WaitForRunAsync(string runs, int step)
    {
        while (!Directory.Exists(runs) || !Directory.EnumerateDirectories(runs).Any())
        {
            Assert.False(_process.HasExited, "The program ended before it was to be stopped.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        var run = Directory.EnumerateDirectories(runs).Single();
        await WaitForStepAsync(Path.Combine(run, "train.log"), step);
        return run;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
