using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Functions.StartTraining;

/// <summary>
/// Sees to it that one training runs at a time, whoever starts it: <c>registry/training.json</c>, changed by compare-and-swap, names the run
/// and until when its holder promises to be alive. It stays as the record of the last run.
/// </summary>
internal sealed class TrainingLease(IBlobStore store, TimeProvider clock)
{
    /// <summary>How long a promise holds.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    /// <summary>Where it lies.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "training.json");

    /// <summary>Takes the lease for a run.</summary>
    /// <returns>Whether it was free.</returns>
    public Task<bool> TryTakeAsync(string run, CancellationToken cancellationToken) =>
        ChangeAsync(
            record => record is null || IsFree(record) ? new(run, TrainingRecord.Running, Holder.Self(), clock.GetUtcNow(), clock.GetUtcNow() + Length, null) : null,
            cancellationToken);

    /// <summary>Promises again.</summary>
    /// <returns>Whether the lease was still the run's.</returns>
    public Task<bool> RenewAsync(string run, CancellationToken cancellationToken) =>
        ChangeAsync(record => record?.Run == run ? record with { Until = clock.GetUtcNow() + Length } : null, cancellationToken);

    /// <summary>Gives the lease back and notes how the run ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="state">Its end, such as <c>done</c>.</param>
    /// <param name="version">The model version that it made, if any.</param>
    /// <param name="cancellationToken">Gives up; the lease then runs out by itself.</param>
    public Task<bool> ReleaseAsync(string run, string state, string? version, CancellationToken cancellationToken) =>
        ChangeAsync(record => record?.Run == run ? record with { State = state, Until = clock.GetUtcNow(), Version = version } : null, cancellationToken);

    private bool IsFree(TrainingRecord record) => record.Until <= clock.GetUtcNow() || record.Holder.IsGone();

    private async Task<bool> ChangeAsync(Func<TrainingRecord?, TrainingRecord?> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await store.ReadAsync(Blob, cancellationToken);
            var record = read is var (bytes, _) ? Parse(bytes) : null;
            if (change(record) is not { } changed)
            {
                return false;
            }

            try
            {
                await store.WriteAsync(
                    Blob,
                    JsonSerializer.SerializeToUtf8Bytes(changed, TrainingRecordJson.Default.TrainingRecord),
                    read is var (_, entry) ? BlobCondition.Matches(entry.ETag) : BlobCondition.Absent,
                    cancellationToken);
                return true;
            }
            catch (BlobConditionException)
            {
                // Somebody else was there first: what he wrote decides.
            }
        }
    }

    // A damaged record holds nothing: it can only have been put there by hand.
    private static TrainingRecord? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, TrainingRecordJson.Default.TrainingRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The training run that goes on or was last.</summary>
internal sealed record TrainingRecord(string Run, string State, Holder Holder, DateTimeOffset Started, DateTimeOffset Until, string? Version)
{
    /// <summary>The state of a run that goes on.</summary>
    public const string Running = "running";
}

/// <summary>The process that holds a lease. On its own machine one can see that it is gone, and need not wait.</summary>
internal sealed record Holder(string Machine, int Process, DateTime Started)
{
    /// <summary>This process.</summary>
    public static Holder Self()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        return new(Environment.MachineName, self.Id, self.StartTime.ToUniversalTime());
    }

    /// <summary>Whether it is certain that the process has ended.</summary>
    public bool IsGone()
    {
        if (Machine != Environment.MachineName)
        {
            return false;
        }

        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process);
            // The system computes the start anew each time, to some hundredths of a second.
            return (process.StartTime.ToUniversalTime() - Started).Duration() > TimeSpan.FromSeconds(2);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(TrainingRecord))]
internal sealed partial class TrainingRecordJson : JsonSerializerContext;
