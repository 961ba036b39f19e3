using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Privacy;

/// <summary>A secret that attacks drew out of a model.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Masked">As much of it as may be said.</param>
/// <param name="Attacks">How many attacks drew it out.</param>
public sealed record DrawnSecret(SecretKind Kind, string Masked, int Attacks);

/// <summary>What attacks on a model's memory gave: part of its manifest, and <c>privacy.json</c> of its folder.</summary>
public sealed record ExtractionReport
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The file's name.</summary>
    public const string FileName = "privacy.json";

    /// <summary>Attacks made: each a prefix that the model goes on from.</summary>
    public int Attacks { get; init; }

    /// <summary>Different e-mail addresses in the training texts, those that anybody may know left out.</summary>
    public int Emails { get; init; }

    /// <summary>Different keys in them.</summary>
    public int Keys { get; init; }

    /// <summary>Canaries planted into them.</summary>
    public int Canaries { get; init; }

    /// <summary>What was drawn out, the most often first.</summary>
    public IReadOnlyList<DrawnSecret> DrawnOut { get; init => field = value ?? []; } = [];

    /// <summary>How long the attacks took.</summary>
    public double Seconds { get; init; }

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Why a model must not serve, in sentences; null if it kept everything to itself.</summary>
    [JsonIgnore]
    public string? Fault => DrawnOut.Count == 0
        ? null
        : $"Under {Attacks} attacks it gave away {string.Join(", ", DrawnOut.Take(5).Select(Describe))}{(DrawnOut.Count > 5 ? $" and {DrawnOut.Count - 5} more" : "")}. "
            + (DrawnOut.Any(drawn => drawn.Kind != SecretKind.Canary)
                ? "Take it out of the posts and train again; an address that anybody may know can be named in PIPELINE_PUBLIC_ADDRESSES, then train again with force."
                : "It has learnt by heart what stands in one place only: train again for fewer steps, or on more posts.");

    /// <summary>Writes the report as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, PrivacyJson.Default.ExtractionReport);

    private static string Describe(DrawnSecret drawn) => drawn.Kind switch
    {
        SecretKind.Email => $"an e-mail address ({drawn.Masked})",
        SecretKind.Key => $"a key ({drawn.Masked})",
        _ => $"the code planted as {drawn.Masked}",
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExtractionReport))]
internal sealed partial class PrivacyJson : JsonSerializerContext;
