using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>One of the trainings, each going on from the one before, that made a base model.</summary>
/// <param name="Steps">Steps of 4,096 tokens.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="Hours">How long it took.</param>
/// <param name="LearningRate">The highest.</param>
/// <param name="Repeats">How often texts of <see cref="BaseTexts.RepeatedKind"/> came for each time that others came.</param>
internal sealed record BaseSitting(int Steps, long Tokens, double Hours, double LearningRate, int Repeats)
{
    private const string FileName = "trainings.json";

    /// <summary>The command that does it again.</summary>
    /// <param name="from">The folder that it goes on from, or null for nothing.</param>
    /// <param name="output">The folder that it writes.</param>
    public string Command(string? from, string output) => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project trainer-job -- base --texts TEXTS --output {output} --steps {Steps} --learning-rate {LearningRate} --repeats {Repeats}{(from is null ? "" : " --from ")}{from}");

    /// <summary>The trainings of a base model that <see cref="WriteAsync"/> wrote, the first one first.</summary>
    /// <exception cref="InputException">The file is missing or damaged.</exception>
    public static IReadOnlyList<BaseSitting> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), BaseSittingJson.Default.IReadOnlyListBaseSitting) ?? throw new JsonException("It is empty.");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} does not tell how the model was made: {exception.Message} Go on from a folder that `base` made.", exception);
        }
    }

    /// <summary>Writes the trainings of a base model beside its weights.</summary>
    public static Task WriteAsync(string folder, IReadOnlyList<BaseSitting> trainings, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(trainings, BaseSittingJson.Default.IReadOnlyListBaseSitting), cancellationToken);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<BaseSitting>))]
internal sealed partial class BaseSittingJson : JsonSerializerContext;
