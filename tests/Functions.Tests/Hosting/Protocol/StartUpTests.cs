using System.Net;
using System.Net.Sockets;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>How the published handler starts, and how it does not.</summary>
public sealed class StartUpTests(PublishedApp app) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private Dictionary<string, string?> Settings => PublishedApp.Settings(folder.Sub("store"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_listens_on_the_loopback_port_that_it_is_given_and_nowhere_else()
    {
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        var elsewhere = $"http://127.0.0.1:{((IPEndPoint)occupied.LocalEndpoint).Port}";
        // The host's container exports these for its own public port.
        using var handler = await HandlerProcess.StartAsync(
            app, new Dictionary<string, string?>(Settings) { ["ASPNETCORE_URLS"] = elsewhere, ["ASPNETCORE_HTTP_PORTS"] = "18080", ["URLS"] = elsewhere }, Token);

        Assert.Equal([(IPAddress.Loopback, handler.Port)], Listening(handler.Program.Id));
        var ended = await handler.StopAsync(Token);
        Assert.Equal("", ended.Error);
    }

    [Fact]
    public async Task Probes_before_and_after_it_is_ready_do_nothing()
    {
        using var handler = await HandlerProcess.StartAsync(app, Settings, Token);
        for (var probe = 0; probe < 10; probe++)
        {
            Assert.True(await handler.ProbeAsync(Token));
            await Task.Delay(25, Token);
        }

        var store = new DirectoryInfo(folder.Sub("store"));
        Assert.All(store.EnumerateDirectories(), container => Assert.Equal(".store", container.Name));
        var ended = await handler.StopAsync(Token);
        Assert.DoesNotContain("Error", ended.Output, StringComparison.Ordinal);
        Assert.Equal("", ended.Error);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("70000")]
    [InlineData("seven")]
    public async Task Without_a_port_it_ends_with_a_clear_line(string? port)
    {
        using var program = await HandlerProcess.LaunchAsync(app, Settings, port, Token);
        var ended = await program.EndAsync(Token);
        Assert.NotInRange(ended.ExitCode, 0, 0);
        Assert.NotEqual(200, ended.ExitCode);
        Assert.Contains("FUNCTIONS_CUSTOMHANDLER_PORT", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_an_occupied_port_it_ends_with_a_clear_line()
    {
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        var port = ((IPEndPoint)occupied.LocalEndpoint).Port;
        using var program = await HandlerProcess.LaunchAsync(app, Settings, $"{port}", Token);
        var ended = await program.EndAsync(Token);
        Assert.True(ended.ExitCode is not 0 and not 200, ended.ToString());
        Assert.Contains($"{port}", ended.Error, StringComparison.Ordinal);
        Assert.Contains("in use", ended.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("PIPELINE_STORE", null)]
    [InlineData("PIPELINE_PRESET", "enormous")]
    [InlineData("AzureFunctionsJobHost__functionTimeout", "soon")]
    public async Task A_missing_or_wrong_setting_ends_it_with_the_settings_name(string setting, string? value)
    {
        using var program = await HandlerProcess.LaunchAsync(
            app, new Dictionary<string, string?>(Settings) { [setting] = value }, $"{Loopback.FreePort()}", Token);
        var ended = await program.EndAsync(Token);
        Assert.True(ended.ExitCode is not 0 and not 200, ended.ToString());
        Assert.Contains(setting, ended.Error, StringComparison.Ordinal);
    }

    // /proc/PID/fd names the process's sockets, /proc/net/tcp what they listen on, in the machine's byte order (proc(5)).
    private static List<(IPAddress Address, int Port)> Listening(int process)
    {
        var sockets = Directory.EnumerateFiles($"/proc/{process}/fd")
            .Select(file => new FileInfo(file).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1])
            .ToHashSet(StringComparer.Ordinal);
        return [.. new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(table => File.ReadLines(table).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == "0A" && sockets.Contains(fields[9]))
            .Select(fields => fields[1].Split(':'))
            .Select(end => (new IPAddress([.. Enumerable.Range(0, end[0].Length / 8).SelectMany(word => Convert.FromHexString(end[0].AsSpan(word * 8, 8)).Reverse())]), Convert.ToInt32(end[1], 16)))];
    }
}
