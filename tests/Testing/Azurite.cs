using System.Diagnostics;

namespace Pipeline.Testing;

/// <summary>Azure Blob Storage's emulator on a free loopback port, in memory, gone when the test is, also if the test is killed.</summary>
public sealed class Azurite : IAsyncDisposable
{
    // The emulator's well-known account: the same in every installation, no secret.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly NodeServer _server;
    private int _stopped;

    private Azurite(NodeServer server) => _server = server;

    /// <summary>What a client needs to reach it.</summary>
    public string ConnectionString => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={_server.Address.AbsoluteUri.TrimEnd('/')}/{Account};";

    /// <summary>Its port.</summary>
    public int Port => _server.Address.Port;

    /// <summary>Starts it and waits until it answers; it keeps nothing.</summary>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or the emulator failed; the message says which.</exception>
    public static Task<Azurite> StartAsync(CancellationToken cancellationToken) => StartAsync(folder: null, port: 0, cancellationToken);

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="folder">Where blobs are kept, so that they are there after a restart; null keeps them in memory.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or the emulator failed; the message says which.</exception>
    public static async Task<Azurite> StartAsync(string? folder, int port, CancellationToken cancellationToken) => new(await NodeServer.StartAsync(
        "The Azure Storage emulator",
        ["azurite", "dist", "src", "blob", "main.js"],
        "process.argv.splice(1, 0, 'azurite'); require(process.argv[2]);",
        [
            "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--skipApiVersionCheck", "--disableTelemetry", "--silent",
            .. folder is null ? (string[])["--inMemoryPersistence"] : ["--location", folder],
        ],
        "successfully listens on ",
        StartTime,
        cancellationToken));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            await _server.StopAsync();
        }
    }

    /// <summary>Asks it to stop: requests under way break off, and what is in its folder is whole.</summary>
    public async Task InterruptAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        using (var kill = Process.Start("kill", ["-TERM", $"{_server.Id}"]))
        {
            await kill.WaitForExitAsync(cancellationToken);
        }

        // It writes its index, says so, and then waits for connections that nobody closes.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        await _server.WaitForCloseAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.StopAsync();
    }
}
