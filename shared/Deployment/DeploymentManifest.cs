using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Deployment;

/// <summary>What learns from which texts, how a model comes into service, what is watched, and which routes there are.</summary>
public sealed record DeploymentManifest
{
    /// <summary>The version of this form; a reader refuses any other.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public required int Format { get; init; }

    /// <summary>What people call it.</summary>
    public string? Name { get; init; }

    /// <summary>The texts.</summary>
    public required CorpusPart Corpus { get; init; }

    /// <summary>The model that training begins with, or null.</summary>
    public string? Base { get; init; }

    /// <summary>How to train.</summary>
    public TrainingPart Training { get; init => field = value ?? new(); } = new();

    /// <summary>What a post must be.</summary>
    public GatesPart Gates { get; init => field = value ?? new(); } = new();

    /// <summary>How a version takes over.</summary>
    public RolloutPart Rollout { get; init => field = value ?? new(); } = new();

    /// <summary>What is watched.</summary>
    public IReadOnlyList<SensorPart> Sensors { get; init => field = value ?? []; } = [];

    /// <summary>Names below <c>/api/to/</c>.</summary>
    public IReadOnlyDictionary<string, RoutePart> Routes { get; init => field = value ?? new Dictionary<string, RoutePart>(); } = new Dictionary<string, RoutePart>();

    /// <summary>When things happen by themselves.</summary>
    public SchedulesPart Schedules { get; init => field = value ?? new(); } = new();

    /// <summary>Writes it as UTF-8 JSON, the same bytes for the same content.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, DeploymentJson.Default.DeploymentManifest);

    /// <summary>Reads what was checked before.</summary>
    /// <exception cref="FormatException">It is none, or of another format.</exception>
    public static DeploymentManifest FromJson(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, DeploymentJson.Default.DeploymentManifest) is { } manifest
                ? manifest.Format == CurrentFormat ? manifest : throw new FormatException($"The deployment has format {manifest.Format}; this version reads {CurrentFormat}. Update Pipeline, or apply it again.")
                : throw new FormatException("Not a deployment: the JSON is null.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"Not a deployment: {exception.Message} Apply it again.", exception);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeploymentManifest))]
internal sealed partial class DeploymentJson : JsonSerializerContext;
