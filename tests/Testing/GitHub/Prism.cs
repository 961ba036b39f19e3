using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Pipeline.Testing.GitHub;

/// <summary>prism between a client and a server: every request and every answer must be as the OpenAPI description says.</summary>
public sealed class Prism : IAsyncDisposable
{
    private const string Listens = "Prism is listening on ";

    // It ends with its standard input, which the system closes when we are gone.
    private const string Script = "process.stdin.resume().on('end', () => process.exit()); require(process.argv[1]);";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly Task _drained;

    private Prism(Process process, Uri address)
    {
        _process = process;
        Address = address;
        // Unread output would fill the pipes and stop it.
        _drained = Task.WhenAll(
            process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None),
            process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None));
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="description">The file with the description.</param>
    /// <param name="upstream">Where it sends what is as described.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or prism failed; the message says which.</exception>
    public static async Task<Prism> StartAsync(string description, Uri upstream, CancellationToken cancellationToken)
    {
        var main = Path.Combine(ProjectFolders.NodeModules, "@stoplight", "prism-cli", "dist", "index.js");
        if (!File.Exists(main))
        {
            throw new InvalidOperationException($"prism is missing at {main}. Build the tests, or run 'npm ci --ignore-scripts' in the folder tests.");
        }

        var process = Start(main, description, upstream);
        var output = new StringBuilder();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(StartTime);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                output.AppendLine(line);
                if (line.IndexOf(Listens, StringComparison.Ordinal) is >= 0 and var at)
                {
                    return new Prism(process, new Uri(line[(at + Listens.Length)..].Trim()));
                }
            }

            throw new InvalidOperationException($"prism ended at its start: {output}{await process.StandardError.ReadToEndAsync(deadline.Token)}");
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _drained;
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static Process Start(string main, string description, Uri upstream)
    {
        var start = new ProcessStartInfo("node")
        {
            ArgumentList = { "-e", Script, "--", main, "proxy", "--errors", "-h", "127.0.0.1", "-p", "0", description, upstream.AbsoluteUri.TrimEnd('/') },
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        start.Environment["FORCE_COLOR"] = "0";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("The program 'node' was not found: install Node.js 20 or newer, which runs prism for the tests.", exception);
        }
    }
}
