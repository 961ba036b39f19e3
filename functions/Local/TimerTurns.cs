using System.Text.Json.Serialization;
using Pipeline.Functions.Hosting;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>
/// When a timer function runs next, remembered on disk. What was missed while nothing was running is made up for once. A run that did not
/// end, since the process died in it, is begun again; one that failed is begun again after the pause that its retry policy names; each
/// so many times and no more. As Azure's host does.
/// </summary>
internal sealed class TimerTurns(string function, NcronSchedule schedule, FunctionRetry? retry, string stateFile)
{
    // A run that kills the process is not repeated for ever.
    private const int MostStarts = 5;

    private TimerState? state = Read(stateFile, function);

    /// <summary>When the next run is due; null if the schedule has no further time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<DateTimeOffset?> NextAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (state is null || state.Last > now)
        {
            // The first start counts as a run: a new installation owes nothing. And if the clock was set back, nothing would run until it
            // comes to its former time again.
            await KeepAsync((state ?? new()) with { Last = now }, cancellationToken);
        }

        return state switch
        {
            { Failed: { } failed } => failed > now ? now : failed + (retry?.DelayInterval ?? TimeSpan.Zero),
            { Begun: { } begun, Starts: < MostStarts } => begun > now ? now : begun,
            _ => schedule.Next(state!.Last),
        };
    }

    /// <summary>Notes that a run begins.</summary>
    public Task BeginAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var repeats = state is { Begun: not null, Starts: < MostStarts };
        var next = new TimerState { Last = now, Begun = now, Starts = repeats ? state!.Starts + 1 : 1, Failures = repeats || state is { Failed: not null } ? state!.Failures : 0 };
        return KeepAsync(next, cancellationToken);
    }

    /// <summary>Notes that it has ended.</summary>
    /// <param name="now">The time.</param>
    /// <param name="succeeded">Whether it did what it should.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it is tried again.</returns>
    public async Task<bool> EndAsync(DateTimeOffset now, bool succeeded, CancellationToken cancellationToken)
    {
        var again = !succeeded && state!.Failures < (retry?.MaxRetryCount ?? 0);
        await KeepAsync(again ? new() { Last = state!.Last, Failed = now, Failures = state.Failures + 1 } : new() { Last = state!.Last }, cancellationToken);
        return again;
    }

    private Task KeepAsync(TimerState next, CancellationToken cancellationToken)
    {
        state = next;
        return AtomicJson.WriteAsync(stateFile, next, TimerJson.Default.TimerState, cancellationToken);
    }

    // The first form held a time for each name, first alone and then in a page.
    private static TimerState? Read(string path, string function)
    {
        if (AtomicJson.Read(path, TimerJson.Default.TimerState) is { } kept)
        {
            StoredForm.Check(kept.Format, TimerState.CurrentFormat, path);
            return kept;
        }

        var page = AtomicJson.Read(path, LocalJson.Default.TimerPage);
        StoredForm.Check(page?.Format ?? 0, TimerState.CurrentFormat, path);
        return (page?.Runs ?? AtomicJson.Read(path, LocalJson.Default.TimerRuns))?.TryGetValue(function, out var last) == true ? new() { Last = last } : null;
    }
}

/// <summary>What is remembered of a timer.</summary>
internal sealed record TimerState
{
    /// <summary>When it ran last.</summary>
    [JsonRequired]
    public DateTimeOffset Last { get; init; }

    /// <summary>When the run began that has not ended; null if none is under way.</summary>
    public DateTimeOffset? Begun { get; init; }

    /// <summary>How often it was begun.</summary>
    public int Starts { get; init; }

    /// <summary>When the run failed that is to be tried again; null if none is.</summary>
    public DateTimeOffset? Failed { get; init; }

    /// <summary>How often it failed.</summary>
    public int Failures { get; init; }

    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TimerState))]
internal sealed partial class TimerJson : JsonSerializerContext;
