using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Names a run, and the model version that it makes, by what goes in: equal input gives an equal name, so that nothing is trained twice.</summary>
internal static class RunName
{
    private const int Digits = 8;

    /// <summary>The name of a run: digits of the corpus, digits of settings and seed.</summary>
    public static string Of(string corpusId, TrainingPreset preset, ulong seed, string? baseModel = null, bool fourBits = false)
    {
        // A price alone changes nothing of the model.
        var priced = preset.MaxCost is null ? preset with { PricePerHour = null } : preset;
        var settings = SHA256.HashData(Settings(priced, seed, baseModel, fourBits));
        return $"{corpusId[..Digits]}-{Convert.ToHexStringLower(settings)[..Digits]}";
    }

    /// <summary>The settings that a run's name stands for, as UTF-8 JSON.</summary>
    /// <param name="preset">How to train.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="baseModel">The identity of the model that training begins with, or null.</param>
    /// <param name="fourBits">Whether its model has a 4-bit file.</param>
    public static byte[] Settings(TrainingPreset preset, ulong seed, string? baseModel = null, bool fourBits = false) =>
        JsonSerializer.SerializeToUtf8Bytes(new RunIdentity(preset, seed, baseModel, fourBits ? true : null), RunNameJson.Default.RunIdentity);

    /// <summary>The name of the same run made anew: with the number, 2 or more, after it.</summary>
    public static string Repeated(string name, int number) => number == 1 ? name : $"{name}-{number}";
}

internal sealed record RunIdentity(
    TrainingPreset Preset, ulong Seed, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BaseModel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? FourBits);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunIdentity))]
internal sealed partial class RunNameJson : JsonSerializerContext;
