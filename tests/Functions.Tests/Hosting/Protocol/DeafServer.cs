using System.Net;
using System.Net.Sockets;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>A storage account's address at which nobody answers, or at which all is refused.</summary>
internal sealed class DeafServer : IAsyncDisposable
{
    /// <summary>The made-up key in <see cref="ConnectionString"/>.</summary>
    public const string Key = "bm8ga2V5IGF0IGFsbCwgb25seSBhIHRlc3QncyBvd24=";

    private static readonly byte[] Forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<TcpClient> clients = [];
    private readonly Task accepting;
    private readonly bool refuses;

    /// <param name="refuses">Whether it answers 403 instead of nothing.</param>
    public DeafServer(bool refuses)
    {
        this.refuses = refuses;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>How a store is opened there.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=deaf;AccountKey={Key};BlobEndpoint=http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/deaf;";

    /// <summary>Connections so far.</summary>
    public int Callers
    {
        get
        {
            lock (clients)
            {
                return clients.Count;
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        clients.ForEach(client => client.Dispose());
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                lock (clients)
                {
                    clients.Add(client);
                }

                if (refuses)
                {
                    _ = await client.GetStream().ReadAtLeastAsync(new byte[16 * 1024], 1, throwOnEndOfStream: false, stop.Token);
                    await client.GetStream().WriteAsync(Forbidden, stop.Token);
                    client.Client.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
        {
            // The way it ends.
        }
    }
}
