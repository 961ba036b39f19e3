using System.Globalization;
using System.Text.Json;
using Pipeline.Storage;

namespace Pipeline.Functions.Training;

/// <summary>
/// Runs the trainer job in Azure Container Apps. A claim in the store, changed by compare-and-swap, lets one caller start it at a
/// time; an execution that was started is found again, whatever became of who started it.
/// </summary>
internal sealed partial class ContainerAppsTrainer(
    ContainerAppsJob job, IBlobStore store, PipelineSettings settings, TimeProvider clock, ILogger<ContainerAppsTrainer> logger) : ITrainingLauncher
{
    private const string LaunchVariable = "PIPELINE_LAUNCH";

    // An execution shows in Azure's list seconds after its start; one that does not by then was never started.
    private static readonly TimeSpan TimeToAppear = TimeSpan.FromMinutes(5);

    private static readonly BlobName ClaimName = new(Containers.Registry, "training.json");

    private TimeSpan Limit => TimeSpan.FromHours(settings.TrainerHours);

    /// <inheritdoc />
    /// <exception cref="ContainerAppsException">Azure refused; nothing was started, or the next call finds it.</exception>
    public async Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (claim, condition) = await ReadClaimAsync(cancellationToken);
            if (await RunningAsync(claim, cancellationToken) is { } running)
            {
                return new(false, running);
            }

            var launch = new LaunchClaim(LaunchName(claim), clock.GetUtcNow());
            string etag;
            try
            {
                etag = await WriteClaimAsync(launch, condition, cancellationToken);
            }
            catch (BlobConditionException)
            {
                // Somebody else was first: look again.
                continue;
            }

            return new(true, await LaunchAsync(launch, etag, request, cancellationToken));
        }
    }

    /// <inheritdoc />
    public async Task<TrainingRun?> FindAsync(CancellationToken cancellationToken)
    {
        var (claim, _) = await ReadClaimAsync(cancellationToken);
        if (claim is not null && await ExecutionOfAsync(claim, cancellationToken) is { } execution)
        {
            return Describe(execution);
        }

        if (claim is not null && IsFresh(claim))
        {
            return Describe(claim);
        }

        var last = (await job.ListAsync(cancellationToken)).MaxBy(found => found.Properties?.StartTime);
        return last is null ? null : Describe(last);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var execution in (await job.ListAsync(cancellationToken)).Where(found => found.State == TrainingRunState.Running))
        {
            await job.StopAsync(execution.Name!, cancellationToken);
            Log.Stopped(logger, execution.Name!);
        }
    }

    private async Task<TrainingRun?> RunningAsync(LaunchClaim? claim, CancellationToken cancellationToken)
    {
        // Those that a person started count too.
        var executions = await job.ListAsync(cancellationToken);
        foreach (var execution in executions.Where(found => found.State == TrainingRunState.Running))
        {
            if (execution.Properties?.StartTime is not { } started || clock.GetUtcNow() - started < Limit)
            {
                return Describe(execution);
            }

            Log.TooLong(logger, execution.Name!, Limit);
            await job.StopAsync(execution.Name!, cancellationToken);
        }

        if (claim is null || executions.Any(found => found.Name == claim.Execution || found.Variable(LaunchVariable) == claim.Launch))
        {
            return null;
        }

        // The list may be behind: an execution that was just started is asked for by name, or waited for.
        return claim.Execution is { } name
            ? await job.FindAsync(name, cancellationToken) is { State: TrainingRunState.Running } found ? Describe(found) : null
            : IsFresh(claim) ? Describe(claim) : null;
    }

    private async Task<TrainingRun> LaunchAsync(LaunchClaim launch, string etag, TrainingRequest request, CancellationToken cancellationToken)
    {
        string? name;
        try
        {
            name = await job.StartAsync(Change(await job.ReadTemplateAsync(cancellationToken), request.WithDeployment(settings), launch.Launch), cancellationToken);
        }
        catch (ContainerAppsException exception) when (!exception.Uncertain)
        {
            // Nothing runs, so the next who comes need not wait.
            await store.DeleteAsync(ClaimName, BlobCondition.Matches(etag), cancellationToken);
            throw;
        }

        if (name is null)
        {
            return Describe(launch);
        }

        Log.Started(logger, name);
        try
        {
            await WriteClaimAsync(launch with { Execution = name }, BlobCondition.Matches(etag), cancellationToken);
        }
        catch (BlobConditionException)
        {
            // The claim was taken for an old one meanwhile; the execution is in the list all the same.
            Log.ClaimTaken(logger, name);
        }

        return Describe(new JobExecution(name, new(Status: null, StartTime: launch.Claimed)));
    }

    private static JobTemplate Change(JobTemplate template, TrainingRequest request, string launch)
    {
        if (template.Containers is not [var container, ..])
        {
            throw new ContainerAppsException(200, "GET job", "The job has no container.");
        }

        // A start with a template replaces the job's own, so all that is not changed is said again.
        var changed = request.Changes()
            .Select(change => new JobVariable(TrainingRequest.Variable(change.Name), change.Value))
            .Append(new(LaunchVariable, launch))
            .Concat(TraceContext.Current is { } trace ? [new JobVariable(TraceContext.Variable, trace)] : Array.Empty<JobVariable>())
            .ToDictionary(variable => variable.Name);
        return template with
        {
            Containers =
            [
                container with
                {
                    Args = request.Force ? [.. container.Args ?? ["train"], "--force"] : container.Args,
                    Env = [.. (container.Env ?? []).Where(variable => !changed.ContainsKey(variable.Name)), .. changed.Values],
                },
                .. template.Containers.Skip(1),
            ],
        };
    }

    private async Task<JobExecution?> ExecutionOfAsync(LaunchClaim claim, CancellationToken cancellationToken) => claim.Execution is { } name
        ? await job.FindAsync(name, cancellationToken)
        : (await job.ListAsync(cancellationToken)).FirstOrDefault(found => found.Variable(LaunchVariable) == claim.Launch);

    private bool IsFresh(LaunchClaim claim) => claim.Execution is null && clock.GetUtcNow() - claim.Claimed < TimeToAppear;

    // The time alone would name two launches of one second alike.
    private string LaunchName(LaunchClaim? before)
    {
        var name = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        return before?.Launch.StartsWith(name, StringComparison.Ordinal) == true ? before.Launch + "-again" : name;
    }

    private TrainingRun Describe(JobExecution execution) => new()
    {
        Id = execution.Name ?? "",
        State = execution.State,
        Started = execution.Properties?.StartTime,
        Ended = execution.Properties?.EndTime,
        Logs = job.Page,
    };

    private TrainingRun Describe(LaunchClaim claim) => new() { Id = claim.Launch, State = TrainingRunState.Running, Started = claim.Claimed, Logs = job.Page };

    private async Task<(LaunchClaim? Claim, BlobCondition Condition)> ReadClaimAsync(CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(ClaimName, cancellationToken) is not var (bytes, entry))
        {
            return (null, BlobCondition.Absent);
        }

        try
        {
            var claim = JsonSerializer.Deserialize(bytes, TrainingJson.Default.LaunchClaim);
            StoredForm.Check(claim?.Format ?? 0, LaunchClaim.CurrentFormat, $"The blob {ClaimName}");
            return (claim, BlobCondition.Matches(entry.ETag));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{ClaimName} is not valid: {exception.Message} Delete it if no training runs.", exception);
        }
    }

    private Task<string> WriteClaimAsync(LaunchClaim claim, BlobCondition condition, CancellationToken cancellationToken) =>
        store.WriteAsync(ClaimName, JsonSerializer.SerializeToUtf8Bytes(claim, TrainingJson.Default.LaunchClaim), condition, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The training run {Execution} starts.")]
        public static partial void Started(ILogger logger, string execution);

        [LoggerMessage(2, LogLevel.Warning, "The training run {Execution} took longer than {Limit} and is stopped.")]
        public static partial void TooLong(ILogger logger, string execution, TimeSpan limit);

        [LoggerMessage(3, LogLevel.Information, "The training run {Execution} is stopped.")]
        public static partial void Stopped(ILogger logger, string execution);

        [LoggerMessage(4, LogLevel.Warning, "The claim of the training run {Execution} was taken by another.")]
        public static partial void ClaimTaken(ILogger logger, string execution);
    }
}
