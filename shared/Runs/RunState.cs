using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Runs;

/// <summary>
/// What the rest of the product knows of a training run: <c>state.json</c> of its folder, written by the job, and one line on its standard output
/// when it is done.
/// </summary>
public sealed record RunState
{
    /// <summary>The file's name.</summary>
    public const string FileName = "state.json";

    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>The model version that the run makes.</summary>
    public required string Version { get; init; }

    /// <summary>Where the run stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The corpus.</summary>
    public string? CorpusId { get; init; }

    /// <summary>The preset's name.</summary>
    public string? Preset { get; init; }

    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Steps at most; 0 until it is known.</summary>
    public int Steps { get; init; }

    /// <summary>The step whose weights are the best so far, which are exported; 0 before the first evaluation.</summary>
    public int BestStep { get; init; }

    /// <summary>Smoothed training loss of the best weights, in nats a token.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Loss of the best weights on all held-out posts, in nats a token; null if the corpus is too small to hold one out.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>e to the validation loss.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Posts, held-out ones included.</summary>
    public int Documents { get; init; }

    /// <summary>Tokens of the training posts.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens trained on, over all epochs.</summary>
    public long TrainedTokens { get; init; }

    /// <summary>Seconds of work on the run.</summary>
    public double Seconds { get; init; }

    /// <summary>What the work cost, in the currency of the price that was given; null without a price.</summary>
    public double? Cost { get; init; }

    /// <summary>Whether the model was there before, so that nothing was trained. True in a command's result only.</summary>
    public bool Reused { get; init; }

    /// <summary>Why the run failed.</summary>
    public string? Error { get; init; }

    /// <summary>When this was written.</summary>
    public DateTimeOffset Updated { get; init; }

    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Writes the state as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Default.RunState);

    /// <summary>The state on one line, for standard output.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, RunLineJson.Default.RunState);

    /// <summary>Reads what <see cref="ToJson"/> or <see cref="ToLine"/> wrote; null if it is not readable.</summary>
    /// <exception cref="FormatException">It is of a newer format.</exception>
    public static RunState? FromJson(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var state = JsonSerializer.Deserialize(utf8, RunJson.Default.RunState);
            StoredForm.Check(state?.Format ?? 0, CurrentFormat, $"The state of run {state?.Run}");
            return state;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunState))]
internal sealed partial class RunJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunState))]
internal sealed partial class RunLineJson : JsonSerializerContext;
