using System.Diagnostics;
using System.Globalization;

namespace Pipeline.Benchmarks.Decode;

/// <summary>A worker in a process of its own: its memory is its own, and it stands still while another is measured.</summary>
internal sealed class DecodeProcess : IDisposable
{
    private readonly Process _process;

    private DecodeProcess(Process process, double loadMilliseconds) => (_process, LoadMilliseconds) = (process, loadMilliseconds);

    /// <summary>Time from the first call to a model that can generate.</summary>
    public double LoadMilliseconds { get; }

    /// <summary>Starts this program once more.</summary>
    public static DecodeProcess Start(params IReadOnlyList<string> arguments) => Start(Environment.ProcessPath!, arguments);

    /// <summary>Starts any program that speaks as <see cref="DecodeWorker"/> does.</summary>
    public static DecodeProcess Start(string program, IReadOnlyList<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return new(process, Read(process));
    }

    public double Ask(string request)
    {
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        return Read(_process);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static double Read(Process process)
    {
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} ended early.");
        return double.Parse(line, CultureInfo.InvariantCulture);
    }
}
