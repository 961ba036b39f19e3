using System.Net;
using Microsoft.Extensions.Logging.Console;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// The custom handler: the HTTP server on the loopback that the Functions host calls. Timers and blobs arrive as a POST to the
/// function's name, HTTP functions as the original request below the route prefix.
/// </summary>
internal static class HandlerServer
{
    /// <summary>The prefix of HTTP routes, as in host.json.</summary>
    public const string RoutePrefix = "api";

    // 100 MB of blob as base64, with room for metadata.
    private const long LargestBody = 140L * 1024 * 1024;

    /// <summary>Builds the server; the caller starts and disposes it.</summary>
    /// <param name="settings">What the app is configured with.</param>
    /// <param name="port">The port on 127.0.0.1; 0 takes a free one.</param>
    /// <param name="logToError">Whether log lines go to standard error: for commands whose standard output is their result.</param>
    /// <param name="configure">Further services.</param>
    public static WebApplication Build(PipelineSettings settings, int port, bool logToError = false, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // Set in code: the host's container exports ASPNETCORE_URLS for its own public port, and the handler inherits it.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Logging.SetMinimumLevel(logToError ? LogLevel.Critical : LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        if (logToError)
        {
            builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        }

        builder.Services.AddPipeline(settings);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        app.MapGet("/", () => Results.Text("Pipeline is running. See /api/health/ready."));
        foreach (var function in FunctionDefinition.ReadAll(AppContext.BaseDirectory))
        {
            FunctionEndpoint.Map(app, function);
        }

        return app;
    }
}
