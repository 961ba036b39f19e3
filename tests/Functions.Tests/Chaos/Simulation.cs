using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Functions.Tests.Faults;
using Pipeline.Functions.Training;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>
/// The whole loop over simulated days: people push posts and judge pull requests, timers and triggers run the product's own functions, and
/// everything goes wrong that can. Only what costs time is stood in for: training, by a small model that is there already, and the
/// transport between host and functions.
/// </summary>
internal sealed class Simulation : IAsyncDisposable
{
    private const string Secret = "the-webhook's-secret";
    private static readonly TimeSpan Tick = TimeSpan.FromHours(1);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly IReadOnlyList<FunctionDefinition> Functions = FunctionDefinition.ReadAll(AppContext.BaseDirectory);

    // Fewer than in use, so that 300 days are simulated in a minute.
    private static readonly Dictionary<string, string> Schedules = new()
    {
        ["PublishPost"] = "0 0 6 * * *",
        ["PollBlog"] = "0 30 */8 * * *",
        ["StartTraining"] = "0 15 */8 * * *",
        ["WatchDeployment"] = "0 45 12 * * *",
    };

    private readonly TemporaryFolder folder = new();
    private readonly Random random;
    private readonly BlogPeople people;
    private readonly SimulatedTrainer trainer;
    private readonly PipelineSettings settings;
    private readonly UnluckyStore store;
    private readonly string transcript;
    private ServiceProvider? process;
    private List<BlobTriggerScanner> scanners = [];
    private List<(FunctionDefinition Function, TimerTurns Turns)> timers = [];

    public Simulation(int seed, RealModel model)
    {
        random = new Random(seed);
        Misfortune = new(new Random(seed + 1));
        Clock = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        Store = new(Clock);
        store = new(Store, Misfortune);
        GitHub = new(Misfortune);
        people = new(GitHub, new Random(seed + 2));
        trainer = new(model, Store, Clock, new Random(seed + 3));
        transcript = folder.Sub("host");
        settings = new()
        {
            Store = "unused",
            ModelCache = folder.Sub("models"),
            GitHubRepository = "ann/blog",
            GitHubToken = "ghp_simulated",
            GitHubApi = "https://api.example/",
            WebhookSecret = Secret,
            TimeZone = Berlin.Id,
            Gates = "report",
            Candidates = 1,
            Length = 24,
            QuietMinutes = 30,
        };
    }

    /// <summary>What goes wrong.</summary>
    public Misfortune Misfortune { get; }

    /// <summary>The time.</summary>
    public SimulatedClock Clock { get; }

    /// <summary>The store itself, which never fails.</summary>
    public MemoryBlobStore Store { get; }

    /// <summary>The blog.</summary>
    public MemoryGitHub GitHub { get; }

    /// <summary>How often the job was started.</summary>
    public int Trainings => trainer.Started;

    /// <summary>How often the process began.</summary>
    public int Processes { get; private set; }

    /// <summary>Jumps of the clock.</summary>
    public int Jumps { get; private set; }

    /// <summary>Days of the schedule's zone that have begun.</summary>
    public List<DateOnly> Days { get; } = [];

    /// <summary>Lives for some days, and then for one in which nothing goes wrong any more.</summary>
    public async Task RunAsync(int days, CancellationToken cancellationToken)
    {
        people.Begin();
        var end = Clock.Now.AddDays(days);
        while (Clock.Now < end)
        {
            await LiveAsync(cancellationToken);
        }

        Misfortune.Allowed = GitHub.Away = false;
        people.AreAwake = false;
        for (var hours = 0; hours < 30; hours++)
        {
            await LiveAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await EndProcessAsync();
        GitHub.Dispose();
        folder.Dispose();
    }

    private async Task LiveAsync(CancellationToken cancellationToken)
    {
        Clock.Now += Tick;
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Clock.Now, Berlin).DateTime);
        if (!Days.Contains(today))
        {
            Days.Add(today);
        }

        if (Misfortune.Allowed)
        {
            Disturb();
        }

        await trainer.WorkAsync(cancellationToken);
        foreach (var hook in people.Act())
        {
            await RunAsync(0.05, () => HookAsync(hook, cancellationToken), cancellationToken);
        }

        await StartProcessAsync();
        foreach (var (function, turns) in timers.ToList())
        {
            while (await turns.NextAsync(Clock.Now, cancellationToken) is { } due && due <= Clock.Now)
            {
                await turns.BeginAsync(Clock.Now, cancellationToken);
                if (await RunAsync(0.15, () => process!.GetRequiredKeyedService<ITimerFunction>(function.Name).RunAsync(new(IsPastDue: false), cancellationToken), cancellationToken) is { } succeeded)
                {
                    await turns.EndAsync(Clock.Now, succeeded, cancellationToken);
                }
                else
                {
                    // The process is another one now, and its timers too.
                    await LiveOnAsync(cancellationToken);
                    return;
                }
            }
        }

        await LiveOnAsync(cancellationToken);
    }

    private async Task LiveOnAsync(CancellationToken cancellationToken)
    {
        await StartProcessAsync();
        foreach (var scanner in scanners.ToList())
        {
            if (await RunAsync(0.1, () => scanner.ScanAsync(progress: null, cancellationToken), cancellationToken) is null)
            {
                return;
            }
        }
    }

    /// <summary>Runs something as the host does: true and false are its success, null is the end of the process.</summary>
    private async Task<bool?> RunAsync(double chance, Func<Task> run, CancellationToken cancellationToken)
    {
        await StartProcessAsync();
        Misfortune.Draw(chance);
        try
        {
            await run();
            return true;
        }
        catch (Exception exception) when (IsDeath(exception))
        {
            await EndProcessAsync();
            return null;
        }
        catch (Exception exception) when (exception is IOException or BlobConditionException or Pipeline.Publishing.BlogRepositoryException or FunctionFailedException && !cancellationToken.IsCancellationRequested)
        {
            // The host logs it.
            return false;
        }
        finally
        {
            Misfortune.Draw(0);
        }
    }

    private static bool IsDeath(Exception exception) => exception is ProcessDiedException || exception.InnerException is { } inner && IsDeath(inner);

    private void Disturb()
    {
        // GitHub is away for an hour at a time, less than the retries of a post last.
        GitHub.Away = !GitHub.Away && random.Next(60) == 0;
        if (random.Next(24 * 12) == 0)
        {
            Clock.Now += TimeSpan.FromMinutes(random.Next(-180, 180));
            Jumps++;
        }
    }

    private async Task StartProcessAsync()
    {
        if (process is not null)
        {
            return;
        }

        Processes++;
        process = new ServiceCollection().AddLogging().AddPipeline(settings)
            .AddSingleton(RunDeadlines.None)
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IBlobStore>(store)
            .AddSingleton<ITrainingLauncher>(trainer)
            // A handler serves one client, which is disposed with the process.
            .AddSingleton(_ => new BlogConnection(settings, store, Clock.Hurried, new Connection(GitHub)))
            .BuildServiceProvider();
        var client = new HandlerClient(new HttpClient(new Transport(() => process!)) { BaseAddress = new Uri("http://127.0.0.1/") }, Clock);
        scanners =
        [
            .. Functions.Where(function => function.Trigger.Type == "blobTrigger").Select(function => new BlobTriggerScanner(
                store, client, function, new ReceiptBook(Path.Combine(transcript, function.Name + ".receipts.json"), ""), Clock.Hurried, NullLogger<BlobTriggerScanner>.Instance)),
        ];
        timers =
        [
            .. Functions.Where(function => Schedules.ContainsKey(function.Name)).Select(function => (
                function, new TimerTurns(function.Name, new NcronSchedule(Schedules[function.Name], Berlin), function.Retry, Path.Combine(transcript, function.Name + ".timer.json")))),
        ];
        await Task.CompletedTask;
    }

    private async Task EndProcessAsync()
    {
        if (process is { } ended)
        {
            process = null;
            await ended.DisposeAsync();
        }
    }

    private async Task HookAsync((string Event, string Body) hook, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(hook.Body);
        var context = new DefaultHttpContext { RequestServices = process! };
        context.Request.Method = "POST";
        context.Request.Body = new MemoryStream(bytes);
        context.Request.Headers["X-GitHub-Event"] = hook.Event;
        context.Request.Headers["X-GitHub-Delivery"] = Convert.ToHexString(SHA256.HashData(bytes))[..16];
        context.Request.Headers["X-Hub-Signature-256"] = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), bytes));
        await (await process!.GetRequiredKeyedService<IHttpFunction>("ReceivePush").RunAsync(context.Request, cancellationToken)).ExecuteAsync(context);
        Assert.InRange(context.Response.StatusCode, 200, 204);
    }

    /// <summary>A connection to the one GitHub.</summary>
    private sealed class Connection(MemoryGitHub github) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker invoker = new(github, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => invoker.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            invoker.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Between the host's scanners and the functions: reads the payload as the handler does, and answers as it does.</summary>
    private sealed class Transport(Func<IServiceProvider> process) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var function = Functions.Single(function => request.RequestUri!.AbsolutePath == "/" + function.Name);
            using var invocation = await Invocation.ReadAsync(await request.Content!.ReadAsStreamAsync(cancellationToken), cancellationToken);
            try
            {
                await process().GetRequiredKeyedService<IBlobFunction>(function.Name).RunAsync(
                    new(new BlobPattern(function.Trigger.Path!).Fill(invocation.Text), invocation.Bytes(function.Trigger.Name)), cancellationToken);
                return new(System.Net.HttpStatusCode.OK);
            }
            catch (Exception exception) when (!IsDeath(exception))
            {
                return new(System.Net.HttpStatusCode.InternalServerError) { Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(new { error = exception.Message })) };
            }
        }
    }
}
