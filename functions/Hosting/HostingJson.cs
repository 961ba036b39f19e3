using System.Text.Json.Serialization;

namespace Pipeline.Functions.Hosting;

/// <summary>The body of every answer that reports an error.</summary>
/// <param name="Error">What is wrong and what to do.</param>
internal sealed record ErrorAnswer(string Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ErrorAnswer))]
internal sealed partial class HostingJson : JsonSerializerContext;
