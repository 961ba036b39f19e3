using System.Net;
using System.Net.Sockets;

namespace Pipeline.Testing;

/// <summary>Ports of this machine for a program that must be told one.</summary>
public static class Loopback
{
    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
