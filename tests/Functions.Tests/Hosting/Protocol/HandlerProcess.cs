using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>
/// Stands in for Azure's Functions host: starts the published handler as host.json says, with the port in the environment, asks for <c>/</c> until
/// it answers, and posts invocations in the host's form.
/// </summary>
internal sealed class HandlerProcess : IDisposable
{
    private const string HostVersion = "4.1052.200.0";
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromMilliseconds(25);

    private HandlerProcess(RunningProgram program, int port)
    {
        Program = program;
        Port = port;
        Http = Client(port);
    }

    /// <summary>The process.</summary>
    public RunningProgram Program { get; }

    /// <summary>The port that it was given.</summary>
    public int Port { get; }

    /// <summary>Sends what a caller's forwarded request is. Redirects are not followed: they would be an error.</summary>
    public HttpClient Http { get; }

    /// <summary>Starts the handler without waiting for it.</summary>
    public static async Task<RunningProgram> LaunchAsync(PublishedApp app, IReadOnlyDictionary<string, string?> settings, string? port, CancellationToken cancellationToken)
    {
        var root = await app.RootAsync(cancellationToken);
        using var host = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(root, "host.json"), cancellationToken));
        var description = host.RootElement.GetProperty("customHandler").GetProperty("description");
        return Programs.Start(
            Path.Combine(root, description.GetProperty("defaultExecutablePath").GetString()!),
            description.GetProperty("arguments").EnumerateArray().Select(argument => argument.GetString()!),
            new Dictionary<string, string?>(settings) { ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port });
    }

    /// <summary>Starts the handler and waits until it answers.</summary>
    public static async Task<HandlerProcess> StartAsync(PublishedApp app, IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        var port = Loopback.FreePort();
        var handler = new HandlerProcess(await LaunchAsync(app, settings, port.ToString(CultureInfo.InvariantCulture), cancellationToken), port);
        try
        {
            while (!await handler.ProbeAsync(cancellationToken))
            {
                if (handler.Program.HasExited)
                {
                    throw new InvalidOperationException($"The handler ended before it answered: {await handler.Program.EndAsync(cancellationToken)}");
                }

                await Task.Delay(BetweenProbes, cancellationToken);
            }

            return handler;
        }
        catch
        {
            handler.Dispose();
            throw;
        }
    }

    /// <summary>Asks for <c>/</c> as the host does; any answer means ready.</summary>
    public async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync("/", cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Posts an invocation.</summary>
    /// <param name="function">The function's folder.</param>
    /// <param name="payload">The JSON.</param>
    /// <param name="chunked">Whether the body is sent without its length, as the host does.</param>
    public Task<HostAnswer> InvokeAsync(string function, string payload, CancellationToken cancellationToken, bool chunked = true) =>
        InvokeAsync(function, Encoding.UTF8.GetBytes(payload), cancellationToken, chunked);

    /// <inheritdoc cref="InvokeAsync(string, string, CancellationToken, bool)" />
    public async Task<HostAnswer> InvokeAsync(string function, byte[] payload, CancellationToken cancellationToken, bool chunked = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + function)
        {
            Content = new ByteArrayContent(payload) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } },
        };
        request.Headers.TransferEncodingChunked = chunked;
        var id = Guid.CreateVersion7().ToString();
        request.Headers.Add("X-Azure-Functions-InvocationId", id);
        request.Headers.Add("X-Azure-Functions-HostVersion", HostVersion);
        request.Headers.UserAgent.ParseAdd("Azure-Functions-Host/" + HostVersion);
        using var answer = await Http.SendAsync(request, cancellationToken);
        return new(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(cancellationToken), id);
    }

    /// <summary>Stops it politely and gives all it wrote.</summary>
    public async Task<ProgramResult> StopAsync(CancellationToken cancellationToken)
    {
        Program.Signal(15);
        return await Program.EndAsync(cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Http.Dispose();
        Program.Dispose();
    }

    private static HttpClient Client(int port) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
}

/// <summary>What the handler answered to an invocation.</summary>
internal sealed record HostAnswer(HttpStatusCode Status, string? MediaType, string Body, string Invocation)
{
    /// <summary>Whether the host takes the run as done.</summary>
    public bool Succeeded => (int)Status is >= 200 and < 300;

    /// <summary>The body's outputs of a run that succeeded in the one form that no host misreads.</summary>
    public JsonElement Outputs()
    {
        Assert.True(Status == HttpStatusCode.OK, $"{Status}: {Body}");
        Assert.Equal("application/json", MediaType);
        Assert.NotEqual(0, Body.Length);
        using var document = JsonDocument.Parse(Body);
        var root = document.RootElement.Clone();
        Assert.Equal(JsonValueKind.Object, root.ValueKind);
        Assert.Equal(JsonValueKind.Object, root.GetProperty("Outputs").ValueKind);
        Assert.Equal(JsonValueKind.Array, root.GetProperty("Logs").ValueKind);
        Assert.True(root.TryGetProperty("ReturnValue", out _));
        return root.GetProperty("Outputs");
    }

    /// <summary>Checks that the host takes the run as failed.</summary>
    public void AssertFailed()
    {
        // A redirect would be followed and end anywhere.
        Assert.True((int)Status >= 400, $"{Status}: {Body}");
        Assert.NotEqual(0, Body.Length);
    }
}
