using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Pipeline.Functions.Hosting;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>
/// The embedded host: what Azure's Functions host does for the app there, done on this machine. It reads the same
/// <c>function.json</c> files and calls the same handler over loopback HTTP with the same payloads.
/// </summary>
internal sealed partial class LocalHost : IAsyncDisposable
{
    private readonly WebApplication handler;
    private readonly PipelineSettings settings;
    private readonly string stateFolder;
    private readonly HandlerClient client;
    private readonly TimeProvider clock;
    private readonly ILogger<LocalHost> logger;

    private LocalHost(WebApplication handler, HttpClient http, PipelineSettings settings, string stateFolder)
    {
        this.handler = handler;
        this.settings = settings;
        this.stateFolder = stateFolder;
        Http = http;
        clock = handler.Services.GetRequiredService<TimeProvider>();
        logger = handler.Services.GetRequiredService<ILogger<LocalHost>>();
        client = new(http, clock);
        Functions = FunctionDefinition.ReadAll(AppContext.BaseDirectory);
        BlobTriggers =
        [
            .. Functions.Where(function => function.Trigger.Type == "blobTrigger").Select(function => new BlobTriggerScanner(
                Services.GetRequiredService<IBlobStore>(),
                client,
                function,
                new ReceiptBook(Path.Combine(stateFolder, function.Name + ".receipts.json"), settings.ConversionStamp),
                clock,
                Services.GetRequiredService<ILogger<BlobTriggerScanner>>())),
        ];
    }

    /// <summary>Every declared function.</summary>
    public IReadOnlyList<FunctionDefinition> Functions { get; }

    /// <summary>One scanner for each function with a blob trigger.</summary>
    public IReadOnlyList<BlobTriggerScanner> BlobTriggers { get; }

    /// <summary>Speaks to the handler, for HTTP functions.</summary>
    public HttpClient Http { get; }

    /// <summary>The handler's services.</summary>
    public IServiceProvider Services => handler.Services;

    /// <summary>Starts the handler on a free loopback port.</summary>
    /// <param name="settings">What the app is configured with.</param>
    /// <param name="stateFolder">Where receipts and timers are remembered.</param>
    /// <param name="log">Where log lines go.</param>
    /// <param name="deadlines">How long runs may take; null reads it from host.json.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<LocalHost> StartAsync(
        PipelineSettings settings, string stateFolder, LogForm log, RunDeadlines? deadlines, CancellationToken cancellationToken)
    {
        var handler = HandlerServer.Build(settings, port: 0, log, deadlines);
        await handler.StartAsync(cancellationToken);
        var address = handler.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        // A function may take as long as it needs: the host's limit is a matter of host.json, not of this client.
        var http = new HttpClient { BaseAddress = new Uri(address), Timeout = Timeout.InfiniteTimeSpan };
        return new(handler, http, settings, stateFolder);
    }

    /// <summary>The scanner of one function.</summary>
    public BlobTriggerScanner BlobTrigger(string function) => BlobTriggers.Single(scanner => scanner.Function == function);

    /// <summary>Runs timers and blob triggers until cancelled.</summary>
    /// <exception cref="FormatException">A schedule cannot be read.</exception>
    public async Task RunTriggersAsync(CancellationToken cancellationToken)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(settings.TimeZone);
        var timers = Functions.Where(function => function.Trigger.Type == "timerTrigger").Select(function => new TimerScheduler(
            client,
            function,
            new NcronSchedule(settings.Resolve(function.Trigger.Schedule!), zone),
            Path.Combine(stateFolder, function.Name + ".timer.json"),
            clock,
            Services.GetRequiredService<ILogger<TimerScheduler>>()).RunAsync(cancellationToken));
        await Task.WhenAll([.. timers, .. BlobTriggers.Select(scanner => ScanForeverAsync(scanner, cancellationToken))]);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await handler.DisposeAsync();
    }

    private async Task ScanForeverAsync(BlobTriggerScanner scanner, CancellationToken cancellationToken)
    {
        using var watch = new StoreWatch(BlobStores.FolderOf(settings.Store) is { } root ? Path.Combine(root, scanner.Container) : null, clock);
        while (true)
        {
            var started = clock.GetTimestamp();
            TimeSpan look;
            try
            {
                await scanner.ScanAsync(progress: null, cancellationToken);
                look = clock.GetElapsedTime(started);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                // The store may be away for a while: whoever runs for years outlives that. What was not handled has no receipt.
                Log.ScanFailed(logger, scanner.Function, exception.Message);
                // How long it took to fail says nothing of what a look costs.
                look = TimeSpan.Zero;
            }

            await watch.WaitAsync(look, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Function}: the store could not be looked through; it is tried again. {Reason}")]
        public static partial void ScanFailed(ILogger logger, string function, string reason);
    }
}
