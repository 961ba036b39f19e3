using System.Text.Json.Serialization;
using Pipeline.Diagnostics;

namespace Pipeline.Functions.Diagnostics;

/// <summary>What <c>doctor --json</c> prints.</summary>
/// <param name="Healthy">Whether everything is as it should be.</param>
/// <param name="Findings">Everything that was looked at.</param>
internal sealed record DoctorReport(bool Healthy, IReadOnlyList<Finding> Findings)
{
    /// <summary>The form's version.</summary>
    public int Format { get; init; } = 1;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
