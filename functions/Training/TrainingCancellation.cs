using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Functions.Training;

/// <summary>
/// A person's wish that training stops: <c>registry/training-cancelled.json</c>. Whoever holds the run stops it when he sees the blob, and no
/// timer goes on with that corpus until somebody starts training by hand.
/// </summary>
internal sealed class TrainingCancellation(IBlobStore store, TimeProvider clock)
{
    /// <summary>Where it lies.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "training-cancelled.json");

    /// <summary>The wish; null if there is none.</summary>
    public async Task<CancelledRun?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(Blob, cancellationToken) is not var (bytes, _))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, TrainingCancellationJson.Default.CancelledRun) is { Format: CancelledRun.CurrentFormat } wish ? wish : null;
        }
        catch (JsonException)
        {
            // A damaged wish can only have been put there by hand.
            return null;
        }
    }

    /// <summary>Asks for it.</summary>
    /// <param name="corpusId">The corpus that is not to be trained on by itself; null if the run has none yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task RequestAsync(string? corpusId, CancellationToken cancellationToken) => store.WriteAsync(
        Blob, JsonSerializer.SerializeToUtf8Bytes(new CancelledRun(corpusId, clock.GetUtcNow()), TrainingCancellationJson.Default.CancelledRun), BlobCondition.None, cancellationToken);

    /// <summary>Takes it back.</summary>
    public Task WithdrawAsync(CancellationToken cancellationToken) => store.DeleteAsync(Blob, BlobCondition.None, cancellationToken);
}

/// <summary>A run that a person cancelled.</summary>
/// <param name="CorpusId">Its corpus; null if it had none yet.</param>
/// <param name="Time">When.</param>
internal sealed record CancelledRun(string? CorpusId, DateTimeOffset Time)
{
    /// <summary>The version of this form; a newer one is looked past.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CancelledRun))]
internal sealed partial class TrainingCancellationJson : JsonSerializerContext;
