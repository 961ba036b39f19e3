using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Costs;
using Pipeline.Functions.Costs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests;

/// <summary>The app within the test, on a folder store and a clock that the test sets.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly Microsoft.AspNetCore.Builder.WebApplication server;

    private TestApp(Microsoft.AspNetCore.Builder.WebApplication server, IBlobStore store, HttpClient http, TimeProvider clock, FakeTrainer trainer)
    {
        this.server = server;
        Store = store;
        Http = http;
        Clock = clock as SettableClock ?? new();
        Trainer = trainer;
    }

    /// <summary>The store, as another process would see it.</summary>
    public IBlobStore Store { get; }

    /// <summary>Speaks to the handler.</summary>
    public HttpClient Http { get; }

    /// <summary>The app's time.</summary>
    public SettableClock Clock { get; }

    /// <summary>Takes the orders to train.</summary>
    public FakeTrainer Trainer { get; }

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where the store is, if it is no other one, and the models.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="configure">Changes the settings.</param>
    /// <param name="deadlines">How long runs may take; none if null.</param>
    /// <param name="store">What the app takes for its store; one in the folder if null.</param>
    /// <param name="clock">The app's time; one that the test can move if null.</param>
    public static async Task<TestApp> StartAsync(
        TemporaryFolder folder, CancellationToken cancellationToken, Action<PipelineSettings>? configure = null, RunDeadlines? deadlines = null, IBlobStore? store = null, TimeProvider? clock = null)
    {
        var settings = new PipelineSettings { Store = folder.Sub("store"), ModelCache = folder.Sub("models"), QuietMinutes = 0 };
        configure?.Invoke(settings);
        clock ??= new SettableClock();
        var trainer = new FakeTrainer();
        var server = HandlerServer.Build(settings, port: 0, LogForm.Errors, deadlines ?? RunDeadlines.None, services => services
            .AddSingleton(clock)
            .AddSingleton(store ?? new TracedBlobStore(BlobStores.Open(settings.Store)))
            .AddSingleton<ITrainingLauncher>(provider => new CappedTrainer(
                new LeasedTrainer(trainer, provider.GetRequiredService<TrainingLease>(), provider.GetRequiredService<TrainingCancellation>(), clock, NullLogger<LeasedTrainer>.Instance),
                provider.GetRequiredService<MonthlyCap>())));
        await server.StartAsync(cancellationToken);
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(server, store ?? BlobStores.Open(settings.Store), new() { BaseAddress = new Uri(address) }, clock, trainer);
    }

    /// <summary>A service of the app.</summary>
    public T Get<T>()
        where T : notnull => server.Services.GetRequiredService<T>();

    /// <summary>A timer function, which the test fires itself.</summary>
    public Task FireAsync(string timer, CancellationToken cancellationToken) =>
        server.Services.GetRequiredKeyedService<ITimerFunction>(timer).RunAsync(new(IsPastDue: false), cancellationToken);

    /// <summary>Runs the function for a post as its trigger does.</summary>
    public Task ConvertAsync(string path, CancellationToken cancellationToken) =>
        server.Services.GetRequiredKeyedService<IBlobFunction>("ConvertPost").RunAsync(new BlobTrigger(path, []), cancellationToken);

    /// <summary>Ends the app as a host does.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await server.DisposeAsync();
    }
}

/// <summary>The system's clock, moved as far as the test says. Waiting takes real time.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long gone;

    /// <summary>How far it is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>How much time goes by each time that somebody measures it.</summary>
    public TimeSpan Step { get; set; }

    /// <inheritdoc />
    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Add(ref gone, (long)(Step.TotalSeconds * TimestampFrequency));

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}

/// <summary>A trainer that is busy until the test says how the run ended.</summary>
internal sealed class FakeTrainer : ITrainingLauncher
{
    private TrainingRun? current;

    /// <summary>Every order that was accepted.</summary>
    public List<TrainingRequest> Orders { get; } = [];

    /// <inheritdoc />
    public Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        if (current is { State: TrainingRunState.Running })
        {
            return Task.FromResult(new TrainingStart(false, current));
        }

        Orders.Add(request);
        current = new() { Id = $"run-{Orders.Count}", State = TrainingRunState.Running };
        return Task.FromResult(new TrainingStart(true, current));
    }

    /// <inheritdoc />
    public Task<TrainingRun?> FindAsync(CancellationToken cancellationToken) => Task.FromResult(current);

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        End(TrainingRunState.Stopped);
        return Task.CompletedTask;
    }

    /// <summary>Ends the run.</summary>
    public void End(TrainingRunState state) => current = current! with { State = state };
}
