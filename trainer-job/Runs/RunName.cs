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
    public static string Of(string corpusId, TrainingPreset preset, ulong seed, string? baseModel = null, bool fourBits = false, int canaries = 0)
    {
        // A price alone changes nothing of the model.
        var priced = preset.MaxCost is null ? preset with { PricePerHour = null } : preset;
        var settings = SHA256.HashData(Settings(priced, seed, baseModel, fourBits, canaries));
        return $"{corpusId[..Digits]}-{Convert.ToHexStringLower(settings)[..Digits]}";
    }

    /// <summary>The settings that a run's name stands for, as UTF-8 JSON.</summary>
    /// <param name="preset">How to train.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="baseModel">The identity of the model that training begins with, or null.</param>
    /// <param name="fourBits">Whether its model has a 4-bit file.</param>
    /// <param name="canaries">Secrets planted into the text.</param>
    public static byte[] Settings(TrainingPreset preset, ulong seed, string? baseModel = null, bool fourBits = false, int canaries = 0) =>
        Form(preset, seed, baseModel, fourBits, canaries, format: null);

    /// <summary>The same as a run keeps it in its <c>settings.json</c>, with the form's version.</summary>
    public static byte[] SettingsFile(TrainingPreset preset, ulong seed, string? baseModel, bool fourBits, int canaries) =>
        Form(preset, seed, baseModel, fourBits, canaries, RunIdentity.CurrentFormat);

    /// <summary>The name of the same run made anew: with the number, 2 or more, after it.</summary>
    public static string Repeated(string name, int number) => number == 1 ? name : $"{name}-{number}";

    private static byte[] Form(TrainingPreset preset, ulong seed, string? baseModel, bool fourBits, int canaries, int? format) =>
        JsonSerializer.SerializeToUtf8Bytes(new RunIdentity(preset, seed, baseModel, fourBits ? true : null, canaries, format), RunNameJson.Default.RunIdentity);
}

internal sealed record RunIdentity(
    TrainingPreset Preset, ulong Seed, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BaseModel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? FourBits,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Canaries,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Format)
{
    /// <summary>The version of the form; nothing reads it back.</summary>
    public const int CurrentFormat = 1;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunIdentity))]
internal sealed partial class RunNameJson : JsonSerializerContext;
