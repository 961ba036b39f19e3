using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Testing;

/// <summary>How a program that a test ran came to its end.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>Everything it said, for a failure's message.</summary>
    public override string ToString() => $"exit code {ExitCode}\n--- standard output\n{Output}\n--- standard error\n{Error}";
}

/// <summary>Runs the product's programs as a person would, from where the build put them.</summary>
public static class Programs
{
    /// <summary>The function app's program.</summary>
    public static string Functions => Find("Pipeline.Functions");

    /// <summary>The trainer job's program.</summary>
    public static string TrainerJob => Find("Pipeline.TrainerJob");

    /// <summary>Runs a program to its end.</summary>
    public static Task<ProgramResult> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(program, arguments, environment: null, cancellationToken);

    /// <summary>Runs a program to its end, with further environment variables; a null value removes one.</summary>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment, CancellationToken cancellationToken)
    {
        using var running = Start(program, arguments, environment);
        return await running.EndAsync(cancellationToken);
    }

    /// <summary>Starts a program that the test talks to or interrupts.</summary>
    public static RunningProgram Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>Runs <c>dotnet publish</c> as a person would, without what MSBuild tells the programs that it starts.</summary>
    /// <param name="arguments">The project and options.</param>
    /// <param name="output">The folder for what is published.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task PublishAsync(IEnumerable<string> arguments, string output, CancellationToken cancellationToken)
    {
        var result = await RunAsync(
            "dotnet",
            ["publish", .. arguments, "-o", output, "--nologo", "-v", "q", "-nodeReuse:false"],
            new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["MSBuildSDKsPath"] = null, ["MSBUILD_EXE_PATH"] = null },
            cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"dotnet publish failed: {result}");
        }
    }

    private static string Find(string project)
    {
        // Built into sibling folders: bin/PROJECT/CONFIGURATION/.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, project);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: build the solution first.");
    }
}

/// <summary>A program that is running; disposing it kills it if it still is.</summary>
public sealed class RunningProgram : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly Task outputEnd;
    private readonly Task errorEnd;

    internal RunningProgram(Process process)
    {
        this.process = process;
        outputEnd = CollectAsync(process.StandardOutput, output);
        errorEnd = CollectAsync(process.StandardError, error);
    }

    /// <summary>What it has written to both streams so far.</summary>
    public string SoFar
    {
        get
        {
            lock (output)
            {
                lock (error)
                {
                    return output.ToString() + error;
                }
            }
        }
    }

    /// <summary>The process's id.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Waits until it has written a text to either stream.</summary>
    /// <exception cref="InvalidOperationException">It ended without.</exception>
    public async Task WaitForAsync(string text, CancellationToken cancellationToken)
    {
        while (!SoFar.Contains(text, StringComparison.Ordinal))
        {
            if (process.HasExited)
            {
                await Task.WhenAll(outputEnd, errorEnd);
                throw SoFar.Contains(text, StringComparison.Ordinal)
                    ? new InvalidOperationException("The program wrote the text and ended.")
                    : new InvalidOperationException($"The program ended with {process.ExitCode} and never wrote '{text}':\n{SoFar}");
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Writes to its standard input.</summary>
    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Ends its standard input.</summary>
    public void EndInput() => process.StandardInput.Close();

    /// <summary>Sends a signal as <c>kill</c> does: 2 is Ctrl-C, 9 cannot be caught, 15 asks to stop.</summary>
    public void Signal(int signal)
    {
        if (Kill(process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Waits for its end.</summary>
    public async Task<ProgramResult> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        await Task.WhenAll(outputEnd, errorEnd);
        return new(process.ExitCode, output.ToString(), error.ToString());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
    }

    private static async Task CollectAsync(StreamReader reader, StringBuilder target)
    {
        var buffer = new char[4096];
        for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
        {
            lock (target)
            {
                target.Append(buffer, 0, read);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
