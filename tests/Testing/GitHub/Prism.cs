namespace Pipeline.Testing.GitHub;

/// <summary>prism between a client and a server: every request and every answer must be as the OpenAPI description says.</summary>
public sealed class Prism : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(120);

    private readonly NodeServer _server;

    private Prism(NodeServer server) => _server = server;

    /// <summary>Where it listens.</summary>
    public Uri Address => _server.Address;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="description">The file with the description.</param>
    /// <param name="upstream">Where it sends what is as described.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">Node or the package is missing, or prism failed; the message says which.</exception>
    public static async Task<Prism> StartAsync(string description, Uri upstream, CancellationToken cancellationToken) => new(await NodeServer.StartAsync(
        "prism",
        ["@stoplight", "prism-cli", "dist", "index.js"],
        "require(process.argv[1]);",
        ["proxy", "--errors", "-h", "127.0.0.1", "-p", "0", description, upstream.AbsoluteUri.TrimEnd('/')],
        "Prism is listening on ",
        StartTime,
        cancellationToken));

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await _server.StopAsync();
}
