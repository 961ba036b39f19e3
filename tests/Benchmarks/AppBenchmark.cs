using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Pipeline.Benchmarks.Decode;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Benchmarks;

/// <summary>
/// The published function app: its size, start, memory and a first token from cold (<c>start</c>), 10,000 posts at once and idle cost
/// (<c>folder</c>, <c>azurite</c>).
/// </summary>
internal static class AppBenchmark
{
    private const int Posts = 10_000;
    private const int Starts = 5;
    private const int IdleSeconds = 30;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static async Task<int> RunAsync(string[] parts, CancellationToken cancellationToken)
    {
        if (parts.FirstOrDefault(part => part is not ("start" or "folder" or "azurite")) is { } unknown)
        {
            Console.Error.WriteLine($"There is no part {unknown}: give start, folder, azurite or none.");
            return 2;
        }

        using var folder = new TemporaryFolder();
        var app = folder.Sub("app");
        var published = await Programs.RunAsync(
            "dotnet", ["publish", Path.Combine(ProjectFolders.Root, "functions"), "-c", "Release", "-o", app, "--nologo", "-v", "q", "-nodeReuse:false"], cancellationToken);
        if (published.ExitCode != 0)
        {
            Console.Error.WriteLine(published);
            return 1;
        }

        var program = Path.Combine(app, "Pipeline.Functions");
        if (Has("start"))
        {
            await ZipFile.CreateFromDirectoryAsync(app, folder.Sub("app.zip"), cancellationToken);
            Figure("app.zip", new FileInfo(folder.Sub("app.zip")).Length / 1e6, "MB", "<= 120");
            await StartAsync(program, folder, cancellationToken);
            await FirstTokenAsync(program, folder, cancellationToken);
        }

        if (Has("folder"))
        {
            await ImportAsync(program, folder.Sub("import"), store: null, "folder", cancellationToken);
        }

        if (Has("azurite"))
        {
            await using var azurite = await Azurite.StartAsync(cancellationToken);
            await ImportAsync(program, folder.Sub("import-azurite"), azurite.ConnectionString, "azurite", cancellationToken);
        }

        return 0;

        bool Has(string part) => parts.Length == 0 || parts.Contains(part);
    }

    private static async Task StartAsync(string program, TemporaryFolder folder, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        var memory = 0.0;
        for (var start = 0; start < Starts; start++)
        {
            var port = Loopback.FreePort();
            var began = Stopwatch.GetTimestamp();
            using var running = Programs.Start(program, ["handler"], new Dictionary<string, string?> { ["PIPELINE_STORE"] = folder.Sub("start"), ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}" });
            using var http = Client(port);
            await ReadyAsync(http, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            using var live = await http.GetAsync("/api/health/live", cancellationToken);
            memory = Math.Max(memory, Status(running.Id, "VmRSS"));
        }

        times.Sort();
        Figure("app.ready", times[Starts / 2], "s", "<= 1");
        Figure("app.memory.no-model", memory, "MB", "<= 150");
    }

    private static async Task FirstTokenAsync(string program, TemporaryFolder folder, CancellationToken cancellationToken)
    {
        var store = new FolderBlobStore(folder.Sub("model-store"), TimeProvider.System);
        await PublishAsync(store, folder.Sub("model"), cancellationToken);
        // The second start finds the model on the local disk, as an instance that was only restarted does.
        foreach (var name in new[] { "app.first-token.cold", "app.first-token.cached" })
        {
            var port = Loopback.FreePort();
            var began = Stopwatch.GetTimestamp();
            using var running = Programs.Start(
                program,
                ["handler"],
                new Dictionary<string, string?> { ["PIPELINE_STORE"] = folder.Sub("model-store"), ["PIPELINE_MODEL_CACHE"] = folder.Sub("cache"), ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}" });
            using var http = Client(port);
            await ReadyAsync(http, cancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/sample?title=Soup&length=16&seed=1") { Headers = { { "Accept", "text/event-stream" } } };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"{await answer.Content.ReadAsStringAsync(cancellationToken)}\n{running.SoFar}");
            }

            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
            while (await lines.ReadLineAsync(cancellationToken) is { } line && !line.StartsWith("data:", StringComparison.Ordinal))
            {
            }

            Figure(name, Stopwatch.GetElapsedTime(began).TotalSeconds, "s", null);
            Figure($"{name}.memory", Status(running.Id, "VmHWM"), "MB", null);
        }
    }

    private static async Task ImportAsync(string program, string work, string? store, string name, CancellationToken cancellationToken)
    {
        var location = store ?? Path.Combine(work, "store");
        var blobs = BlobStores.Open(location);
        await Parallel.ForAsync(0, Posts, cancellationToken, async (number, token) =>
            await blobs.WriteAsync(new BlobName(Containers.Posts, PathOf(number)), Post(number), BlobCondition.None, token));

        var began = Stopwatch.GetTimestamp();
        using var serve = Programs.Start(
            program,
            ["serve", "--work", work, "--port", $"{Loopback.FreePort()}"],
            new Dictionary<string, string?> { ["PIPELINE_STORE"] = location, ["TRAINING_SCHEDULE"] = "0 0 0 1 1 *", ["WATCH_SCHEDULE"] = "0 0 0 1 1 *" });
        while (await CountAsync(blobs, cancellationToken) < Posts)
        {
            if (serve.HasExited || Stopwatch.GetElapsedTime(began) > Longest)
            {
                throw new InvalidOperationException($"The import did not end: {serve.SoFar}");
            }

            await Task.Delay(500, cancellationToken);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var right = 0;
        await foreach (var document in new DocumentStore(blobs).ReadAllAsync(cancellationToken))
        {
            right += document.Skipped is null && document.Text.Contains("wait", StringComparison.Ordinal) ? 1 : 0;
        }

        Figure($"app.import.{name}", Posts / seconds, "posts/s", null);
        Figure($"app.import.{name}.right", right, "documents", $"== {Posts}");
        Figure($"app.import.{name}.memory", Status(serve.Id, "VmHWM"), "MB", null);

        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        var before = ProcessorSeconds(serve.Id);
        await Task.Delay(TimeSpan.FromSeconds(IdleSeconds), cancellationToken);
        Figure($"app.idle.{name}", 100 * (ProcessorSeconds(serve.Id) - before) / IdleSeconds, "% of a core", "<= 1");
    }

    private static async Task PublishAsync(FolderBlobStore store, string model, CancellationToken cancellationToken)
    {
        var file = DecodeModels.Small().Int8;
        Directory.CreateDirectory(Path.Combine(model, "onnx"));
        foreach (var part in new[] { file, ModelFiles.DataOf(file) })
        {
            // The graph names its data by the file's own name.
            File.Copy(part, Path.Combine(model, "onnx", Path.GetFileName(part)));
        }

        BpeTokenizer.Gpt2().Save(model);
        await File.WriteAllTextAsync(
            Path.Combine(model, "config.json"), """{"model_type":"gpt2","n_layer":12,"n_head":12,"n_embd":768,"n_positions":1024,"vocab_size":50257}""", cancellationToken);
        await new ModelStore(store).PublishAsync(
            model,
            new()
            {
                Version = "random-124m",
                CorpusId = "none",
                Run = "none",
                Created = DateTimeOffset.UnixEpoch,
                Shape = ModelShape.Gpt2,
                Tokenizer = BpeTokenizer.Gpt2().Fingerprint,
                ServingFile = "onnx/" + Path.GetFileName(file),
            },
            cancellationToken);
        await new RoutingStore(store).UpdateAsync(table => table.Promote("random-124m", "benchmark", DateTimeOffset.UnixEpoch), cancellationToken);
    }

    private static async Task<int> CountAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var _ in store.ListAsync(Containers.Documents, "", cancellationToken))
        {
            count++;
        }

        return count;
    }

    private static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"_posts/{new DateOnly(1990, 1, 1).AddDays(number):yyyy-MM-dd}-post-{number}.md");

    private static byte[] Post(int number)
    {
        var random = new Random(number);
        var text = string.Join(' ', Enumerable.Range(0, 300).Select(_ => $"word{random.Next(5000)}"));
        return Encoding.UTF8.GetBytes($"---\ntitle: Post {number}\ntags: [sea, soup]\n---\nA pot, *and* nothing to do but wait. {text}\n");
    }

    private static async Task ReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync("/", cancellationToken);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(5, cancellationToken);
            }
        }
    }

    private static HttpClient Client(int port) => new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

    // Kilobytes of a line of /proc/PID/status (proc(5)), as megabytes.
    private static double Status(int process, string name) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024 / 1e6;

    private static double ProcessorSeconds(int process)
    {
        using var found = Process.GetProcessById(process);
        return found.TotalProcessorTime.TotalSeconds;
    }

    private static void Figure(string name, double value, string unit, string? goal) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:0.###} {unit}{(goal is null ? "" : " | goal " + goal)}"));
}
