using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.Benchmarks.Load;

/// <summary>Callers who read slowly, stop in the middle, come by the thousand, lie about their length: somebody else is answered as if they were not there.</summary>
internal static class RudeCallers
{
    private const int Times = 50;
    private const int Rounds = 4;
    private const int MostConnections = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.2);

    public static async Task RunAsync(string work, CancellationToken cancellationToken)
    {
        using var server = await Server.StartAsync(work, core: null, cancellationToken);
        await AnswersAsync("nobody", server, cancellationToken);
        var memory = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            await RoundAsync(server, cancellationToken);
            await AnswersAsync("gone", server, cancellationToken);
            memory[round] = server.Megabytes;
        }

        // The first rounds fill pools of buffers, which are kept.
        LoadBenchmark.Figure("load.rude.memory.last-of-one-before", memory[^1] / memory[^2], "x", "<= 1.05");
    }

    private static async Task RoundAsync(Server server, CancellationToken cancellationToken)
    {
        foreach (var (name, many, text) in new[]
        {
            ("slow-readers", 100, "GET /api/sample?length=400 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"),
            ("half-open", 500, "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"strData\":"),
            ("half-headers", 500, "GET /api/sample HTTP/1.1\r\nHost: localhost\r\nX-"),
            ("idle", MostConnections, ""),
        })
        {
            await HoldAsync(name, many, text, server, cancellationToken);
        }

        foreach (var (name, text) in new[]
        {
            ("short-body", "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{}"),
            ("long-body", "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}" + new string('x', 100_000)),
            ("lying-chunks", "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}"),
            ("two-lengths", "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
            ("megabyte-header", $"GET /api/sample HTTP/1.1\r\nHost: localhost\r\nX-Big: {new string('x', 1 << 20)}\r\n\r\n"),
            ("megabyte-line", $"GET /api/sample?title={new string('x', 1 << 20)} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        })
        {
            var answers = new Dictionary<string, int>();
            for (var time = 0; time < Times; time++)
            {
                using var socket = await ConnectAsync(server.Port, text, cancellationToken);
                var said = await StatusAsync(socket, cancellationToken);
                answers[said] = answers.GetValueOrDefault(said) + 1;
            }

            Console.Error.WriteLine($"{name}: {string.Join(", ", answers.Select(answer => $"{answer.Value} times {answer.Key}"))}");
            LoadBenchmark.Figure($"load.rude.{name}.errors", answers.Where(answer => answer.Key.StartsWith('5')).Sum(answer => answer.Value), "errors", "== 0");
            await AnswersAsync(name, server, cancellationToken);
        }
    }

    private static async Task HoldAsync(string name, int many, string text, Server server, CancellationToken cancellationToken)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var number = 0; number < many; number++)
            {
                sockets.Add(await ConnectAsync(server.Port, text, cancellationToken));
            }

            LoadBenchmark.Figure($"load.rude.{name}.connected", sockets.Count(socket => socket.Connected), "connections", $"== {many}");
            await AnswersAsync(name, server, cancellationToken);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    // The slowest of twenty that cost nothing, and until a text is written for somebody who comes again when told to.
    private static async Task AnswersAsync(string name, Server server, CancellationToken cancellationToken)
    {
        var slowest = TimeSpan.Zero;
        for (var time = 0; time < 20; time++)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await server.Http.GetAsync("/api/health/live", cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"{name}: {answer.StatusCode}\n{server.SoFar}");
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
        }

        LoadBenchmark.Figure($"load.rude.{name}.others", slowest.TotalMilliseconds, "ms", "<= 1000");
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            using var text = await server.Http.GetAsync("/api/sample?length=5", cancellationToken);
            if (text.StatusCode == HttpStatusCode.OK)
            {
                break;
            }

            if (text.StatusCode != HttpStatusCode.TooManyRequests)
            {
                throw new InvalidOperationException($"{name}: {text.StatusCode}\n{server.SoFar}");
            }

            await Task.Delay(50, cancellationToken);
        }

        LoadBenchmark.Figure($"load.rude.{name}.text", Stopwatch.GetElapsedTime(began).TotalSeconds, "s", "<= 10");
        LoadBenchmark.Figure($"load.rude.{name}.memory", server.Megabytes, "MB");
    }

    private static async Task<Socket> ConnectAsync(int port, string text, CancellationToken cancellationToken)
    {
        // So small a window that a reader who does not read stops the writer soon.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1024 };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        }
        catch (SocketException)
        {
            // It was hung up on, which is an answer too.
        }

        return socket;
    }

    private static async Task<string> StatusAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            var start = new byte[64];
            var answer = socket.ReceiveAsync(start, cancellationToken).AsTask();
            if (await Task.WhenAny(answer, Task.Delay(Patience, cancellationToken)) != answer)
            {
                // It waits for more, and none comes.
                socket.Shutdown(SocketShutdown.Send);
            }

            var length = await answer;
            return length == 0 ? "closed" : Encoding.ASCII.GetString(start, 0, length).Split(' ', 3) is [_, var status, ..] ? status : "nonsense";
        }
        catch (SocketException)
        {
            return "reset";
        }
    }
}
