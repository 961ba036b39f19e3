using System.Text.Json.Serialization;

namespace Pipeline.Functions.Deploying;

/// <summary>What the sensors have seen so far, kept as <c>registry/sensors.json</c>, so that nothing sets one off twice.</summary>
internal sealed record SensorState
{
    /// <summary>The version of this form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The deployment whose sensors these are.</summary>
    public string Deployment { get; init; } = "";

    /// <summary>Sensors on the start that have gone off, and those on metrics whose threshold is crossed.</summary>
    public IReadOnlyList<string> Fired { get; init => field = value ?? []; } = [];

    /// <summary>The last change of the routing that was seen.</summary>
    public DateTimeOffset Routing { get; init; }

    /// <summary>The corpus that was seen last.</summary>
    public string Corpus { get; init => field = value ?? ""; } = "";

    /// <summary>The training run that was seen last, with how it stood.</summary>
    public string Training { get; init => field = value ?? ""; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SensorState))]
internal sealed partial class SensorJson : JsonSerializerContext;
