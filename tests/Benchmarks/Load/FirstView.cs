using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Load;

/// <summary>The first view of the page in Chromium, empty caches, server and browser together on one core.</summary>
internal static class FirstView
{
    private const int Core = 0;

    public static async Task RunAsync(string work, CancellationToken cancellationToken)
    {
        await DebianPackages.EnsureAsync("chromium", cancellationToken);
        using var folder = new TemporaryFolder();
        using var server = await Server.StartAsync(work, Core, cancellationToken);
        var script = Path.Combine(ProjectFolders.Root, "tests", "EndToEnd", "Page", "browser.mjs");
        using var browser = Programs.Start("taskset", ["-c", $"{Core}", "node", script]);
        var order = new JsonObject { ["scenario"] = "firstView", ["address"] = $"http://127.0.0.1:{server.Port}/", ["key"] = "", ["pictures"] = folder.FullName, ["version"] = "" };
        await browser.WriteAsync(order.ToJsonString() + "\n", cancellationToken);
        browser.EndInput();
        var said = await browser.EndAsync(cancellationToken);
        var answer = JsonDocument.Parse(said.Output.Length > 0 ? said.Output : throw new InvalidOperationException(said.ToString())).RootElement;
        if (!answer.TryGetProperty("result", out var result))
        {
            throw new InvalidOperationException(said.ToString());
        }

        LoadBenchmark.Figure("load.page.bytes", result.GetProperty("bytes").GetDouble() / 1e3, "kB", "<= 100");
        LoadBenchmark.Figure("load.page.requests", result.GetProperty("requests").GetDouble(), "requests");
        LoadBenchmark.Figure("load.page.time", result.GetProperty("milliseconds").GetDouble(), "ms", "<= 500");
    }
}
