using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Testing;

namespace Pipeline.EndToEnd.Page;

/// <summary>A copy of the sample blog's work folder that <c>serve</c> works on, and a Chromium that looks at it; made once for all tests of the page.</summary>
public sealed class PageSession(SampleBlogRuns runs) : IAsyncLifetime
{
    /// <summary>The app's key.</summary>
    internal const string Key = "a-key-of-the-owner";

    private readonly TemporaryFolder folder = new();
    private RunningProgram? serve;
    private Process? browser;

    /// <summary>Where the page is.</summary>
    internal Uri Address { get; private set; } = null!;

    /// <summary>The store behind it.</summary>
    internal string Store => folder.Sub("work", "store");

    /// <summary>The version that <c>once</c> trained.</summary>
    internal string Version => runs.First.Version;

    /// <summary>Where pictures of this run are kept.</summary>
    internal static string Pictures => Path.Combine(ProjectFolders.Root, ".artifacts", "page");

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        await DebianPackages.EnsureAsync("chromium", token);
        runs.CopyTo(folder.Sub("work"));
        var port = Loopback.FreePort();
        Address = new($"http://127.0.0.1:{port}/");
        serve = Programs.Start(Programs.Functions, ["serve", "--work", folder.Sub("work"), "--port", $"{port}"], new Dictionary<string, string?>
        {
            ["PIPELINE_FUNCTION_KEY"] = Key,
            ["PIPELINE_PRESET"] = "tiny",
            // Only what a test starts is to happen.
            ["TRAINING_SCHEDULE"] = "0 0 0 1 1 *",
            ["POST_SCHEDULE"] = "0 0 0 1 1 *",
            ["WATCH_SCHEDULE"] = "0 0 0 1 1 *",
        });
        Directory.CreateDirectory(Pictures);
        browser = Process.Start(new ProcessStartInfo("node", [Path.Combine(ProjectFolders.Root, "tests", "EndToEnd", "Page", "browser.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await serve.WaitForAsync("Serving on", token);
    }

    /// <summary>Plays a scenario of <c>scenarios.mjs</c>, which fails with what it expected.</summary>
    internal async Task<JsonElement> PlayAsync(string scenario)
    {
        var order = new JsonObject { ["scenario"] = scenario, ["address"] = Address.ToString(), ["key"] = Key, ["pictures"] = Pictures, ["version"] = Version };
        await browser!.StandardInput.WriteLineAsync(order.ToJsonString());
        var line = await browser.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("The browser's driver ended; its error is above. It needs Node.js 20 and the packages of the folder tests.");
        var answer = JsonDocument.Parse(line).RootElement;
        if (answer.TryGetProperty("error", out var error))
        {
            Assert.Fail(error.GetString()!);
        }

        return answer.GetProperty("result");
    }

    /// <summary>Puts a picture of this run where the README shows it, if PIPELINE_SCREENSHOTS is set: who changes the looks commits them.</summary>
    internal static void Show(string picture, string name)
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_SCREENSHOTS") is { Length: > 0 })
        {
            File.Copy(Path.Combine(Pictures, picture), Path.Combine(ProjectFolders.Root, "tests", "EndToEnd", "Page", "screenshots", name), overwrite: true);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            // It ends with its input, and takes the browser along.
            browser.StandardInput.Close();
            await browser.WaitForExitAsync(CancellationToken.None);
            browser.Dispose();
        }

        serve?.Dispose();
        folder.Dispose();
    }
}
