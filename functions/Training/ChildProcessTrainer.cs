using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.Runs;
using Pipeline.Storage;

namespace Pipeline.Functions.Training;

/// <summary>
/// Runs the trainer job as a child process. Its progress goes to this process's standard error, its result comes over standard
/// output, and closing its standard input asks it to save and stop, which also happens if this process dies.
/// </summary>
internal sealed partial class ChildProcessTrainer(PipelineSettings settings, TimeProvider clock, ILogger<ChildProcessTrainer> logger) : ITrainingLauncher, IAsyncDisposable
{
    // The job saves within 20 seconds; a job that hangs beyond that is ended.
    private static readonly TimeSpan TimeToSave = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private CancellationTokenSource stopping = new();
    private bool disposed;
    private DateTimeOffset started;
    private DateTimeOffset? ended;

    /// <summary>The outcome of the run that is going on or was last, or null if none was started.</summary>
    public Task<TrainingOutcome>? Current { get; private set; }

    /// <inheritdoc />
    public Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (Current is { IsCompleted: false })
            {
                return Task.FromResult(new TrainingStart(false, Describe()));
            }

            started = clock.GetUtcNow();
            ended = null;
            if (stopping.IsCancellationRequested)
            {
                stopping.Dispose();
                stopping = new();
            }

            // A run outlives the call that starts it.
            Current = RunWithinLimitAsync(request, stopping.Token);
            if (Current is { IsFaulted: true, Exception: { } fault })
            {
                // It could not even be started: that is the caller's to know.
                return Task.FromException<TrainingStart>(fault.GetBaseException());
            }

            return Task.FromResult(new TrainingStart(true, Describe()));
        }
    }

    /// <inheritdoc />
    public Task<TrainingRun?> FindAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(Current is null ? null : Describe());
        }
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        if (Current is { } running)
        {
            await running.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Asks the running job to save and stop.</summary>
    public void Stop() => stopping.Cancel();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Registered as a service under two types, and so disposed twice.
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        await stopping.CancelAsync();
        if (Current is { } running)
        {
            await running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        stopping.Dispose();
    }

    private TrainingRun Describe() => new()
    {
        Id = started.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture),
        State = Current switch
        {
            { IsCompleted: false } => TrainingRunState.Running,
            { IsCompletedSuccessfully: true, Result.ExitCode: 0 } => TrainingRunState.Done,
            { IsCompletedSuccessfully: true, Result.ExitCode: 3 } => TrainingRunState.Stopped,
            _ => TrainingRunState.Failed,
        },
        Started = started,
        Ended = ended,
    };

    private async Task<TrainingOutcome> RunWithinLimitAsync(TrainingRequest request, CancellationToken asked)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromHours(settings.TrainerHours), clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, asked);
        try
        {
            return await RunAsync(request, stop.Token);
        }
        finally
        {
            lock (gate)
            {
                ended = clock.GetUtcNow();
            }
        }
    }

    private async Task<TrainingOutcome> RunAsync(TrainingRequest request, CancellationToken stop)
    {
        using var process = Process.Start(StartInfo(request)) ?? throw new InvalidOperationException("The trainer job did not start.");
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeToSave);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Log.Killed(logger, TimeToSave);
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        Log.Ended(logger, process.ExitCode);
        return new(process.ExitCode, process.ExitCode == 0 ? ReadResult(await output) : null);
    }

    private ProcessStartInfo StartInfo(TrainingRequest request)
    {
        var start = new ProcessStartInfo(JobPath()) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("train");
        Add("--store", settings.Store);
        var asked = request.WithDeployment(settings);
        asked = asked with
        {
            Preset = asked.Preset ?? settings.Preset,
            Seed = asked.Seed ?? settings.Seed,
            Model = asked.Model ?? (settings.Model.Length > 0 ? settings.Model : null),
            Base = asked.Base ?? (settings.Base is { Length: > 0 } model ? model : null),
        };
        foreach (var (name, value) in asked.Changes())
        {
            Add(TrainingRequest.Option(name), value);
        }

        if (settings.Canaries > 0)
        {
            Add("--canaries", settings.Canaries.ToString(CultureInfo.InvariantCulture));
        }

        if (settings.PublicAddresses.Length > 0)
        {
            Add("--public-addresses", settings.PublicAddresses);
        }

        if (settings.PrivatePatterns.Length > 0)
        {
            Add("--private-patterns", settings.PrivatePatterns);
        }

        if (settings.TrainingPrice is { } price)
        {
            Add("--price-per-hour", price.ToString("0.############", CultureInfo.InvariantCulture));
        }

        if (TraceContext.Current is { } trace)
        {
            start.Environment[TraceContext.Variable] = trace;
        }

        start.ArgumentList.Add("--json");
        start.ArgumentList.Add("--stop-on-stdin-close");
        if (request.Force)
        {
            start.ArgumentList.Add("--force");
        }

        return start;

        void Add(string option, string value)
        {
            start.ArgumentList.Add(option);
            start.ArgumentList.Add(value);
        }
    }

    /// <summary>Where the job's program is, or should be.</summary>
    public static string ProgramOf(PipelineSettings settings)
    {
        // Both programs are built into sibling folders: bin/PROJECT/CONFIGURATION/.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return settings.TrainerJob ?? Path.Combine(
            here.Parent?.Parent?.FullName ?? "", "Pipeline.TrainerJob", here.Name, "Pipeline.TrainerJob" + (OperatingSystem.IsWindows() ? ".exe" : ""));
    }

    private string JobPath()
    {
        var path = ProgramOf(settings);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"The trainer job is not at {path}. Build it with 'dotnet build', or name its program in PIPELINE_TRAINER_JOB.");
    }

    private static RunState ReadResult(string output)
    {
        var line = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
        return RunState.FromJson(Encoding.UTF8.GetBytes(line)) ?? throw new InvalidDataException($"The trainer job's last line is no result: '{line}'.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The trainer job ended with exit code {ExitCode}.")]
        public static partial void Ended(ILogger logger, int exitCode);

        [LoggerMessage(2, LogLevel.Warning, "The trainer job did not stop within {Time} and was killed; it resumes from its last checkpoint.")]
        public static partial void Killed(ILogger logger, TimeSpan time);
    }
}
