using System.Net;
using Microsoft.Extensions.Logging.Console;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// The custom handler: the HTTP server on the loopback that the Functions host calls. Timers and blobs arrive as a POST to the
/// function's name, HTTP functions as the original request. Routes have no prefix in host.json, since the page is at the root; every other
/// route begins with <c>api/</c>, so that no client's request reaches the path of a timer or blob function.
/// </summary>
internal static class HandlerServer
{
    // 100 MB of blob as base64, with room for metadata.
    internal const long LargestBody = 140L * 1024 * 1024;

    private const int FewestThreads = 32;

    /// <summary>Builds the server; the caller starts and disposes it.</summary>
    /// <param name="settings">What the app is configured with.</param>
    /// <param name="port">The port on 127.0.0.1; 0 takes a free one.</param>
    /// <param name="log">Where log lines go.</param>
    /// <param name="deadlines">How long runs may take; null reads it from host.json.</param>
    /// <param name="configure">Further services.</param>
    public static WebApplication Build(
        PipelineSettings settings, int port, LogForm log, RunDeadlines? deadlines = null, Action<IServiceCollection>? configure = null)
    {
        // A step of a model holds its thread; with the runtime's default of one a core, two texts would keep all others from being answered.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, FewestThreads), completions);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // Set in code: the host's container exports ASPNETCORE_URLS for its own public port, and the handler inherits it.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
        });
        // Kestrel would warn at each start that it does not listen there.
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "").UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
        AddLogging(builder.Logging, log);
        builder.Services.AddSingleton(deadlines ?? RunDeadlines.Read(AppContext.BaseDirectory, Environment.GetEnvironmentVariable));
        builder.Services.AddSingleton(_ => Telemetry.Start(Environment.GetEnvironmentVariable));
        builder.Services.AddPipeline(settings);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        // Made now, so that it collects from the first run on, and disposed with the app, which sends the rest.
        app.Services.GetRequiredService<Telemetry>();
        foreach (var function in FunctionDefinition.ReadAll(AppContext.BaseDirectory))
        {
            FunctionEndpoint.Map(app, function);
        }

        // A page may lie at any name, but an invocation of none of ours is not one with a wrong method.
        app.MapPost("/{unknown}", () => Results.NotFound());

        return app;
    }

    private static void AddLogging(ILoggingBuilder logging, LogForm log)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(log == LogForm.Errors ? LogLevel.Critical : LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        if (log == LogForm.Json)
        {
            logging.AddConsole(console => console.FormatterName = JsonLogFormatter.FormatterName);
            logging.AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>();
            return;
        }

        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        if (log == LogForm.Errors)
        {
            logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        }
    }
}
