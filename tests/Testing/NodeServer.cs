using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Pipeline.Testing;

/// <summary>A server from npm that says where it listens. It ends with us, also if the test is killed.</summary>
internal sealed class NodeServer
{
    // It ends with its standard input, which the system closes when we are gone.
    private const string EndsWithUs = "process.stdin.resume().on('end', () => process.exit()); ";

    private readonly Process _process;
    private readonly Task _drained;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeServer(Process process, Uri address)
    {
        _process = process;
        Address = address;
        // Unread output would fill the pipes and stop it.
        _drained = Task.WhenAll(
            ReadOutputAsync(),
            process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None));
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its process's number.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="package">The path of its script in the packages of the tests.</param>
    /// <param name="script">What node runs: JavaScript that loads the script, which is <c>process.argv[1]</c>.</param>
    /// <param name="arguments">What the script is given.</param>
    /// <param name="listens">The words before the address in its output.</param>
    /// <param name="startTime">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or the server failed; the message says which.</exception>
    public static async Task<NodeServer> StartAsync(
        string name, string[] package, string script, IEnumerable<string> arguments, string listens, TimeSpan startTime, CancellationToken cancellationToken)
    {
        var main = Path.Combine([ProjectFolders.NodeModules, .. package]);
        if (!File.Exists(main))
        {
            throw new InvalidOperationException($"{name} is missing at {main}. Build the tests, or run 'npm ci --ignore-scripts' in the folder tests.");
        }

        var process = Start(name, ["-e", EndsWithUs + script, "--", main, .. arguments]);
        var output = new StringBuilder();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(startTime);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                output.AppendLine(line);
                if (line.IndexOf(listens, StringComparison.Ordinal) is >= 0 and var at)
                {
                    return new(process, new Uri(line[(at + listens.Length)..].Trim()));
                }
            }

            throw new InvalidOperationException($"{name} ended at its start: {output}{await process.StandardError.ReadToEndAsync(deadline.Token)}");
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    /// <summary>Waits until it has said that it is closed, or has ended by itself.</summary>
    public Task WaitForCloseAsync(CancellationToken cancellationToken) => _closed.Task.WaitAsync(cancellationToken);

    /// <summary>Ends it, if it has not ended, and waits until it is gone.</summary>
    public async Task StopAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _drained;
        await EndAsync(_process);
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (line.Contains("successfully closed", StringComparison.Ordinal))
            {
                _closed.TrySetResult();
            }
        }

        _closed.TrySetResult();
    }

    private static Process Start(string name, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The address is read from the output.
        start.Environment["NO_COLOR"] = "1";
        start.Environment["FORCE_COLOR"] = "0";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"The program 'node' was not found: install Node.js 20 or newer, which runs {name} for the tests.", exception);
        }
    }

    private static async Task EndAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}
