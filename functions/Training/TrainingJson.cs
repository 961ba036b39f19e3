using System.Text.Json.Serialization;

namespace Pipeline.Functions.Training;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrainingRequest))]
[JsonSerializable(typeof(TrainingRun))]
[JsonSerializable(typeof(LaunchClaim))]
internal sealed partial class TrainingJson : JsonSerializerContext;
