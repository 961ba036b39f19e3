using System.Text.Json.Serialization;

namespace Pipeline.Functions.Overview;

/// <summary>The last error of a function on one of its subjects. Kept as <c>registry/failures/{function}/{hash}.json</c> until it succeeds.</summary>
/// <param name="Function">The function.</param>
/// <param name="Subject">The blob that it was given; empty for a timer or a request.</param>
/// <param name="Message">What went wrong and what to do.</param>
/// <param name="Time">When.</param>
internal sealed record StepFailure(string Function, string Subject, string Message, DateTimeOffset Time)
{
    /// <summary>The version of this form; a newer one is looked past.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StepFailure))]
internal sealed partial class StepFailureJson : JsonSerializerContext;
