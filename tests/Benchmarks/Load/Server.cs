using System.Globalization;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Load;

/// <summary><c>serve</c> on a work folder, with nothing to do but answer.</summary>
internal sealed class Server : IDisposable
{
    private readonly RunningProgram _program;

    private Server(RunningProgram program, int port)
    {
        _program = program;
        Port = port;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>A client of it.</summary>
    public HttpClient Http { get; }

    /// <summary>What it has written.</summary>
    public string SoFar => _program.SoFar;

    /// <summary>Resident memory in MB (proc(5)).</summary>
    public double Megabytes =>
        double.Parse(
            File.ReadLines($"/proc/{_program.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024 / 1e6;

    /// <summary>Starts it and has it write a first text.</summary>
    /// <param name="work">The work folder.</param>
    /// <param name="core">The processor core that it may use; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Server> StartAsync(string work, int? core, CancellationToken cancellationToken)
    {
        var port = Loopback.FreePort();
        string[] arguments = ["serve", "--work", work, "--port", $"{port}"];
        var never = new Dictionary<string, string?> { ["POST_SCHEDULE"] = "0 0 0 1 1 *", ["TRAINING_SCHEDULE"] = "0 0 0 1 1 *", ["WATCH_SCHEDULE"] = "0 0 0 1 1 *" };
        var program = core is { } only
            ? Programs.Start("taskset", ["-c", $"{only}", Programs.Functions, .. arguments], never)
            : Programs.Start(Programs.Functions, arguments, never);
        var server = new Server(program, port);
        await program.WaitForAsync("Serving on", cancellationToken);
        using var first = await server.Http.GetAsync("/api/sample?length=5", cancellationToken);
        return first.IsSuccessStatusCode ? server : throw new InvalidOperationException($"{first.StatusCode}\n{server.SoFar}");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Http.Dispose();
        _program.Dispose();
    }
}
