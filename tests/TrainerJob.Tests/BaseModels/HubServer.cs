using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.TrainerJob.Tests.BaseModels;

/// <summary>
/// A hub on this machine, at the level of bytes so that it can break off in the middle: a large file is answered by a redirect that
/// names its size and SHA-256, a small one directly with git's checksum as ETag.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public HubServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Files by path, such as <c>owner/name/resolve/main/config.json</c>.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Changes an answer before it is sent; the request's path and first wanted byte come with it.</summary>
    public Action<string, long, Answer> Meddle { get; set; } = (_, _, _) => { };

    /// <summary>Every request: its path, and the range it asked for or an empty text.</summary>
    public List<(string Path, string Range)> Requests { get; } = [];

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await ServeAsync(client.GetStream());
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var path = (await reader.ReadLineAsync(_stop.Token) ?? "GET / HTTP/1.1").Split(' ')[1].TrimStart('/');
        var range = "";
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
        {
            range = line.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase) ? line["Range: ".Length..] : range;
        }

        Requests.Add((path, range));
        var from = range.Length > 0 ? long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        var answer = Answer(path, from);
        Meddle(path, from, answer);
        var head = new StringBuilder($"HTTP/1.1 {answer.Status} Said\r\nConnection: close\r\nContent-Length: {answer.Length ?? answer.Body.Length}\r\n");
        foreach (var (name, value) in answer.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        await stream.WriteAsync(answer.Body.AsMemory(0, Math.Min(answer.Body.Length, answer.BreakAfter)), _stop.Token);
    }

    private Answer Answer(string path, long from)
    {
        var stored = path.StartsWith("storage/", StringComparison.Ordinal);
        if (!Files.TryGetValue(stored ? path["storage/".Length..] : path, out var bytes))
        {
            return new Answer { Status = 404 };
        }

        if (!stored && path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            return new Answer
            {
                Status = 302,
                Headers =
                {
                    ["Location"] = $"{Address}/storage/{path}",
                    ["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture),
                    ["X-Linked-ETag"] = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"",
                },
            };
        }

        var answer = new Answer { Status = from > 0 ? 206 : 200, Body = bytes[(int)from..] };
        if (from > 0)
        {
            answer.Headers["Content-Range"] = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}";
        }

        if (!stored)
        {
            answer.Headers["ETag"] = $"W/\"{GitName(bytes)}\"";
        }

        return answer;
    }

    [SuppressMessage("Security", "CA5350", Justification = "Git names its objects so.")]
    private static string GitName(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
}

/// <summary>What the hub is about to send.</summary>
internal sealed class Answer
{
    public int Status { get; set; } = 200;

    public Dictionary<string, string> Headers { get; } = [];

    public byte[] Body { get; set; } = [];

    /// <summary>The length to claim; null for the true one.</summary>
    public long? Length { get; set; }

    /// <summary>Bytes after which the connection breaks.</summary>
    public int BreakAfter { get; set; } = int.MaxValue;
}
