using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Functions.StartTraining;

/// <summary>
/// Sees to it that one process trains at a time: <c>registry/training-lease.json</c>, changed by compare-and-swap, names the run and until when
/// its holder promises to be alive.
/// </summary>
internal sealed class TrainingLease(IBlobStore store, TimeProvider clock)
{
    /// <summary>How long a promise holds.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(5);

    private static readonly Holder Self = Holder.Self();

    /// <summary>Where it lies.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "training-lease.json");

    /// <summary>Takes the lease for a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="own">The run for which the caller holds it already, which gives way; or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if it is taken; else the run that holds it.</returns>
    public async Task<TrainingRecord?> TakeAsync(string run, string? own, CancellationToken cancellationToken)
    {
        TrainingRecord? holder = null;
        await ChangeAsync(
            record =>
            {
                var now = clock.GetUtcNow();
                holder = record is null || record.Run == own || record.Until <= now || record.Holder.IsGone() ? null : record;
                return holder is null ? new(run, Self, now, now + Length) : null;
            },
            cancellationToken);
        return holder;
    }

    /// <summary>Promises again.</summary>
    /// <returns>Whether the lease was still the run's.</returns>
    public Task<bool> RenewAsync(string run, CancellationToken cancellationToken) =>
        ChangeAsync(record => record?.Run == run ? record with { Until = clock.GetUtcNow() + Length } : null, cancellationToken);

    /// <summary>Gives the lease back.</summary>
    /// <returns>Whether the lease was still the run's.</returns>
    public Task<bool> ReleaseAsync(string run, CancellationToken cancellationToken) =>
        ChangeAsync(record => record?.Run == run ? record with { Until = clock.GetUtcNow() } : null, cancellationToken);

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
            var record = JsonSerializer.Deserialize(bytes, TrainingRecordJson.Default.TrainingRecord);
            StoredForm.Check(record?.Format ?? 0, TrainingRecord.CurrentFormat, $"The blob {Blob}");
            return record;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Who trains.</summary>
internal sealed record TrainingRecord(string Run, Holder Holder, DateTimeOffset Started, DateTimeOffset Until)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
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
