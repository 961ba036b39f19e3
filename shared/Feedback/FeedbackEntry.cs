using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Pipeline.Feedback;

/// <summary>
/// What somebody thought of a text: Seldon's feedback message (https://docs.seldon.io/projects/seldon-core/en/latest/reference/apis/),
/// with what it means to us beside it. Kept as <c>feedback/{id}.json</c>; a later word on the same text replaces the earlier one.
/// </summary>
public sealed partial record FeedbackEntry
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The source of votes that came over HTTP.</summary>
    public const string ApiSource = "api";

    /// <summary>The source of what became of a pull request.</summary>
    public const string PullRequestSource = "pull-request";

    private const int IdDigits = 32;

    /// <summary>Names the text that was judged, such as <c>pr-17</c> or a prediction's <c>puid</c>.</summary>
    public required string Id { get; init; }

    /// <summary>From 0, useless, to 1, taken as it was.</summary>
    public required double Reward { get; init; }

    /// <summary>When it was said.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The model version that wrote the text; null if it is not known.</summary>
    public string? Version { get; init; }

    /// <summary>Where it came from: <see cref="ApiSource"/> or <see cref="PullRequestSource"/>.</summary>
    public string Source { get; init; } = ApiSource;

    /// <summary>Of a pull request: <c>merged</c>, <c>edited</c> or <c>closed</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>What was asked.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>What was answered.</summary>
    public JsonElement? Response { get; init; }

    /// <summary>What would have been right.</summary>
    public JsonElement? Truth { get; init; }

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>A name made of another, such as a <c>puid</c>, that any store takes.</summary>
    public static string IdOf(string name) => Name().IsMatch(name) ? name : Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)))[..IdDigits];

    /// <summary>Writes the entry as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, FeedbackJson.Default.FeedbackEntry);

    /// <summary>Reads an entry.</summary>
    /// <exception cref="FormatException">The bytes are none, or one of a newer format.</exception>
    public static FeedbackEntry FromJson(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var entry = JsonSerializer.Deserialize(utf8, FeedbackJson.Default.FeedbackEntry) ?? throw new FormatException("Not a feedback entry: the JSON is null.");
            return entry.Format > CurrentFormat ? throw new FormatException($"The feedback entry has format {entry.Format}; this version reads up to {CurrentFormat}. Update Pipeline.")
                : entry.Reward is >= 0 and <= 1 ? entry
                : throw new FormatException($"The feedback entry's reward is {entry.Reward}; it must be from 0 to 1.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"Not a feedback entry: {exception.Message}", exception);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,79}\z")]
    private static partial Regex Name();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(FeedbackEntry))]
internal sealed partial class FeedbackJson : JsonSerializerContext;
