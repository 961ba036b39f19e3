using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pipeline.Testing;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>serve</c> on a model of the small preset under wrk, and then among callers who do everything wrong: read slowly, stop in the middle,
/// come by the thousand, lie about their length. <c>load 60</c> says for how many seconds each route is held under load.
/// </summary>
internal static class LoadBenchmark
{
    private const int Seconds = 60;

    // Each half of the time is measured for itself: what leaks or queues up shows in the second.
    private const int Halves = 2;

    private static readonly (string Name, string Method, string Path, string Body)[] Routes =
    [
        ("sample", "GET", "/api/sample?title=Soup&length=30", ""),
        ("predict", "POST", "/api/predict", """{"strData":"The kettle","meta":{"tags":{"length":30}}}"""),
    ];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var seconds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : Seconds;
        await DebianPackages.EnsureAsync("wrk", cancellationToken);
        using var folder = new TemporaryFolder();
        var work = folder.Sub("work");
        var once = await Programs.RunAsync(Programs.Functions, ["once", "--work", work], cancellationToken);
        if (once.ExitCode != 0)
        {
            Console.Error.WriteLine(once);
            return 1;
        }

        var port = Loopback.FreePort();
        using var serve = Programs.Start(Programs.Functions, ["serve", "--work", work, "--port", $"{port}"], new Dictionary<string, string?> { ["POST_SCHEDULE"] = "0 0 0 1 1 *", ["TRAINING_SCHEDULE"] = "0 0 0 1 1 *" });
        await serve.WaitForAsync("Serving on", cancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using (await http.GetAsync("/api/sample?length=5", cancellationToken))
        {
            Figure("load.memory.start", Megabytes(serve.Id), "MB", null);
        }

        foreach (var (name, method, path, body) in Routes)
        {
            // As many as are served at once, so that every request is taken.
            for (var half = 1; half <= Halves; half++)
            {
                await WrkAsync($"load.{name}.taken.{half}", port, method, path, body, connections: 8, seconds / Halves, folder.Sub("wrk.lua"), cancellationToken);
                Figure($"load.{name}.memory.{half}", Megabytes(serve.Id), "MB", null);
            }

            // Many more: all but those are told to come again.
            await WrkAsync($"load.{name}.crowd", port, method, path, body, connections: 200, seconds, folder.Sub("wrk.lua"), cancellationToken);
            Figure($"load.{name}.memory.crowd", Megabytes(serve.Id), "MB", null);
        }

        await RudeAsync(port, http, serve, cancellationToken);
        return serve.HasExited ? 1 : 0;
    }

    private static async Task WrkAsync(string name, int port, string method, string path, string body, int connections, int seconds, string script, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(
            script,
            $$"""
            wrk.method = "{{method}}"
            wrk.body = [[{{body}}]]
            wrk.headers["Content-Type"] = "application/json"
            local threads = {}
            function setup(thread) table.insert(threads, thread) end
            function init() ok, busy, other = 0, 0, 0 end
            function response(status)
              if status == 200 then ok = ok + 1 elseif status == 429 then busy = busy + 1 else other = other + 1 end
            end
            function done(summary, latency)
              local a, b, c = 0, 0, 0
              for _, thread in ipairs(threads) do a = a + thread:get("ok"); b = b + thread:get("busy"); c = c + thread:get("other") end
              local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
              io.write(string.format("RESULT %d %d %d %d %f %f\n", a, b, c, errors, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
            end
            """,
            cancellationToken);
        var result = await Programs.RunAsync("wrk", ["-t2", $"-c{connections}", $"-d{seconds}s", "--timeout", "60s", "-s", script, $"http://127.0.0.1:{port}{path}"], cancellationToken);
        var line = result.Output.Split('\n').FirstOrDefault(line => line.StartsWith("RESULT ", StringComparison.Ordinal)) ?? throw new InvalidOperationException(result.ToString());
        var figures = line.Split(' ').Skip(1).Select(figure => double.Parse(figure, CultureInfo.InvariantCulture)).ToArray();
        Figure($"{name}.answers", figures[0] / seconds, "answers/s", null);
        Figure($"{name}.busy", figures[1] / seconds, "429/s", null);
        Figure($"{name}.errors", figures[2] + figures[3], "errors", "== 0");
        if (figures[1] == 0)
        {
            Figure($"{name}.p50", figures[4], "ms", null);
            Figure($"{name}.p99", figures[5], "ms", null);
        }
    }

    private static async Task RudeAsync(int port, HttpClient http, RunningProgram serve, CancellationToken cancellationToken)
    {
        await HoldAsync("slow-readers", 100, port, "GET /api/sample?length=400 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n", http, serve, cancellationToken);
        await HoldAsync("half-open", 500, port, "POST /api/predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"strData\":", http, serve, cancellationToken);
        await HoldAsync("half-headers", 500, port, "GET /api/sample HTTP/1.1\r\nHost: a\r\nX-", http, serve, cancellationToken);
        await HoldAsync("idle", 10_000, port, "", http, serve, cancellationToken);
        foreach (var (name, text) in new[]
        {
            ("short-body", "POST /api/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{}"),
            ("long-body", "POST /api/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" + new string('x', 100_000)),
            ("lying-chunks", "POST /api/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}"),
            ("two-lengths", "POST /api/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
            ("megabyte-header", $"GET /api/sample HTTP/1.1\r\nHost: a\r\nX-Big: {new string('x', 1 << 20)}\r\n\r\n"),
            ("megabyte-line", $"GET /api/sample?title={new string('x', 1 << 20)} HTTP/1.1\r\nHost: a\r\n\r\n"),
        })
        {
            for (var time = 0; time < 50; time++)
            {
                using var socket = await ConnectAsync(port, text, cancellationToken);
                socket.Shutdown(SocketShutdown.Send);
            }

            await AnswersAsync(name, http, serve, cancellationToken);
        }
    }

    private static async Task HoldAsync(string name, int many, int port, string text, HttpClient http, RunningProgram serve, CancellationToken cancellationToken)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var number = 0; number < many; number++)
            {
                sockets.Add(await ConnectAsync(port, text, cancellationToken));
            }

            await AnswersAsync(name, http, serve, cancellationToken);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    // Somebody else is answered as if the others were not there.
    private static async Task AnswersAsync(string name, HttpClient http, RunningProgram serve, CancellationToken cancellationToken)
    {
        var slowest = TimeSpan.Zero;
        for (var time = 0; time < 20; time++)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.GetAsync("/api/health/live", cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"{name}: {answer.StatusCode}\n{serve.SoFar}");
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
        }

        Figure($"load.rude.{name}.others", slowest.TotalMilliseconds, "ms", "<= 1000");
        Figure($"load.rude.{name}.memory", Megabytes(serve.Id), "MB", null);
    }

    private static async Task<Socket> ConnectAsync(int port, string text, CancellationToken cancellationToken)
    {
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

    private static double Megabytes(int process) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024 / 1e6;

    private static void Figure(string name, double value, string unit, string? goal) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:0.###} {unit}{(goal is null ? "" : " | goal " + goal)}"));
}
