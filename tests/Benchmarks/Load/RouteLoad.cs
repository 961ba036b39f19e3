using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Load;

/// <summary>
/// One route under wrk: first as many callers as are served at once, so that every request is taken; then 200, of whom most are told to come
/// again, with four more beside them who do so and whose accepted requests are timed. Each time is measured in halves: what leaks or
/// queues up shows in the second.
/// </summary>
internal static class RouteLoad
{
    private const int Served = 8;
    private const int Crowd = 200;
    private const int Patient = 4;

    private static readonly Dictionary<string, (string Method, string Path, string Body)> Routes = new()
    {
        ["sample"] = ("GET", "/api/sample?title=Soup&length=30", ""),
        ["predict"] = ("POST", "/api/predict", """{"strData":"The kettle","meta":{"tags":{"length":30}}}"""),
    };

    public static async Task RunAsync(string name, string work, int seconds, CancellationToken cancellationToken)
    {
        await DebianPackages.EnsureAsync("wrk", cancellationToken);
        var route = Routes[name];
        using var folder = new TemporaryFolder();
        using var server = await Server.StartAsync(work, core: null, cancellationToken);
        LoadBenchmark.Figure($"load.{name}.memory.start", server.Megabytes, "MB");

        // The first seconds fill caches and make the batch as large as it gets.
        await WrkAsync(server, route, Served, Math.Max(1, seconds / 12), folder.Sub("wrk.lua"), cancellationToken);
        var (p99, memory) = (new double[2], new double[2]);
        for (var half = 0; half < 2; half++)
        {
            var (accepted, _, errors, p50, slow) = await WrkAsync(server, route, Served, seconds / 2, folder.Sub("wrk.lua"), cancellationToken);
            (p99[half], memory[half]) = (slow, server.Megabytes);
            LoadBenchmark.Figure($"load.{name}.taken.{half + 1}", accepted / (seconds / 2), "answers/s");
            LoadBenchmark.Figure($"load.{name}.taken.{half + 1}.errors", errors, "errors", "== 0");
            LoadBenchmark.Figure($"load.{name}.taken.{half + 1}.p50", p50, "ms");
            LoadBenchmark.Figure($"load.{name}.taken.{half + 1}.p99", p99[half], "ms");
            LoadBenchmark.Figure($"load.{name}.taken.{half + 1}.memory", memory[half], "MB");
        }

        LoadBenchmark.Figure($"load.{name}.taken.p99.second-of-first", p99[1] / p99[0], "x", "<= 1.25");
        LoadBenchmark.Figure($"load.{name}.taken.memory.second-of-first", memory[1] / memory[0], "x", "<= 1.05");
        for (var half = 0; half < 2; half++)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var patient = Enumerable.Range(0, Patient).Select(_ => PatientAsync(server.Http, route, end.Token)).ToList();
            var (accepted, busy, errors, _, _) = await WrkAsync(server, route, Crowd, seconds / 2, folder.Sub("wrk.lua"), cancellationToken);
            await end.CancelAsync();
            var times = (await Task.WhenAll(patient)).SelectMany(found => found).Order().ToList();
            (p99[half], memory[half]) = (times[(int)(0.99 * (times.Count - 1))], server.Megabytes);
            LoadBenchmark.Figure($"load.{name}.crowd.{half + 1}", accepted / (seconds / 2), "answers/s");
            LoadBenchmark.Figure($"load.{name}.crowd.{half + 1}.busy", busy / (seconds / 2), "429/s");
            LoadBenchmark.Figure($"load.{name}.crowd.{half + 1}.errors", errors, "errors", "== 0");
            LoadBenchmark.Figure($"load.{name}.crowd.{half + 1}.p50", times[times.Count / 2], "ms");
            LoadBenchmark.Figure($"load.{name}.crowd.{half + 1}.p99", p99[half], $"ms of {times.Count} accepted");
            LoadBenchmark.Figure($"load.{name}.crowd.{half + 1}.memory", memory[half], "MB");
        }

        LoadBenchmark.Figure($"load.{name}.crowd.p99.second-of-first", p99[1] / p99[0], "x", "<= 1.25");
        LoadBenchmark.Figure($"load.{name}.crowd.memory.second-of-first", memory[1] / memory[0], "x", "<= 1.05");
    }

    private static async Task<(double Accepted, double Busy, double Errors, double P50, double P99)> WrkAsync(
        Server server, (string Method, string Path, string Body) route, int connections, int seconds, string script, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(
            script,
            $$"""
            wrk.method = "{{route.Method}}"
            wrk.body = [[{{route.Body}}]]
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
        var result = await Programs.RunAsync("wrk", ["-t2", $"-c{connections}", $"-d{seconds}s", "--timeout", "60s", "-s", script, $"http://127.0.0.1:{server.Port}{route.Path}"], cancellationToken);
        var line = result.Output.Split('\n').FirstOrDefault(line => line.StartsWith("RESULT ", StringComparison.Ordinal)) ?? throw new InvalidOperationException(result.ToString());
        var figures = line.Split(' ').Skip(1).Select(figure => double.Parse(figure, CultureInfo.InvariantCulture)).ToArray();
        return (figures[0], figures[1], figures[2] + figures[3], figures[4], figures[5]);
    }

    // Comes again a little later whenever it is told to; milliseconds of each request that was taken.
    private static async Task<IReadOnlyList<double>> PatientAsync(HttpClient http, (string Method, string Path, string Body) route, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        while (!cancellationToken.IsCancellationRequested)
        {
            using var request = new HttpRequestMessage(new HttpMethod(route.Method), route.Path) { Content = route.Body.Length == 0 ? null : new StringContent(route.Body, Encoding.UTF8, "application/json") };
            var started = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await http.SendAsync(request, cancellationToken);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
                else if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                {
                    await Task.Delay(5, cancellationToken);
                }
                else
                {
                    throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
                }
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }
        }

        return times;
    }
}
