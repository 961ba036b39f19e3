using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Pipeline.Testing;

/// <summary>Azure Blob Storage's emulator on a free loopback port, in memory, gone when the test is, also if the test is killed.</summary>
public sealed class Azurite : IAsyncDisposable
{
    private const string Listens = "successfully listens on ";

    // The emulator's well-known account: the same in every installation, no secret.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // It ends with its standard input, which the system closes when we are gone.
    private const string Script = "process.stdin.resume().on('end', () => process.exit()); process.argv.splice(1, 0, 'azurite'); require(process.argv[2]);";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task _drained;
    private int _stopped;

    private Azurite(Process process, string address)
    {
        _process = process;
        // Unread output would fill the pipes and stop it.
        _drained = Task.WhenAll(
            process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None),
            process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None));
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={address}/{Account};";
    }

    /// <summary>What a client needs to reach it.</summary>
    public string ConnectionString { get; }

    /// <summary>Its port.</summary>
    public int Port { get; private init; }

    /// <summary>Starts it and waits until it answers; it keeps nothing.</summary>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or the emulator failed; the message says which.</exception>
    public static Task<Azurite> StartAsync(CancellationToken cancellationToken) => StartAsync(folder: null, port: 0, cancellationToken);

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="folder">Where blobs are kept, so that they are there after a restart; null keeps them in memory.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or the emulator failed; the message says which.</exception>
    public static async Task<Azurite> StartAsync(string? folder, int port, CancellationToken cancellationToken)
    {
        var main = Path.Combine(ProjectFolders.NodeModules, "azurite", "dist", "src", "blob", "main.js");
        if (!File.Exists(main))
        {
            throw new InvalidOperationException($"The Azure Storage emulator {main} is missing. Build the tests, or run 'npm ci' in the folder tests.");
        }

        var process = Start(main, folder, port);
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
                    var address = line[(at + Listens.Length)..].Trim();
                    return new Azurite(process, address) { Port = new Uri(address).Port };
                }
            }

            throw new InvalidOperationException($"The Azure Storage emulator ended at its start: {output}{await process.StandardError.ReadToEndAsync(deadline.Token)}");
        }
        catch
        {
            await StopAsync(process);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            _process.Kill(entireProcessTree: true);
            await _drained;
            await StopAsync(_process);
        }
    }

    /// <summary>Asks it to stop: requests under way break off, and what is in its folder is whole.</summary>
    public async Task InterruptAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync(cancellationToken);
        }

        // It writes its index, and then waits for connections that nobody closes.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopAsync(_process);
        await _drained;
    }

    private static Process Start(string main, string? folder, int port)
    {
        var start = new ProcessStartInfo("node")
        {
            ArgumentList = { "-e", Script, "--", main, "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--skipApiVersionCheck", "--disableTelemetry", "--silent" },
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in folder is null ? (string[])["--inMemoryPersistence"] : ["--location", folder])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("The program 'node' was not found: install Node.js 20 or newer, which runs the Azure Storage emulator of the tests.", exception);
        }
    }

    private static async Task StopAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}
