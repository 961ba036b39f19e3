using System.Text.Json.Serialization;

namespace Pipeline.Registry;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(RoutingTable))]
internal sealed partial class RegistryJson : JsonSerializerContext;
