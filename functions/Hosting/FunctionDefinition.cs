using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.Hosting;

/// <summary>A function as its <c>function.json</c> declares it: its folder's name and its one trigger.</summary>
/// <param name="Name">The folder's name, which is the function's.</param>
/// <param name="Trigger">The binding that starts it.</param>
internal sealed record FunctionDefinition(string Name, FunctionBinding Trigger)
{
    private const string FileName = "function.json";

    /// <summary>The name of its HTTP output binding; null if it has none.</summary>
    public string? HttpOutput { get; init; }

    /// <summary>Reads every function below an app's root, in ordinal order of their names.</summary>
    /// <exception cref="InvalidDataException">A <c>function.json</c> cannot be read or has no single trigger.</exception>
    public static IReadOnlyList<FunctionDefinition> ReadAll(string appRoot) =>
        [.. Directory.EnumerateDirectories(appRoot)
            .Where(folder => File.Exists(Path.Combine(folder, FileName)))
            .Order(StringComparer.Ordinal)
            .Select(Read)];

    private static FunctionDefinition Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        FunctionFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), FunctionJson.Default.FunctionFile);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not valid: {exception.Message}", exception);
        }

        return file?.Bindings.Where(binding => binding.IsTrigger).ToArray() is [var trigger]
            ? new(Path.GetFileName(folder), trigger) { HttpOutput = file.Bindings.FirstOrDefault(binding => binding.Type == "http")?.Name }
            : throw new InvalidDataException($"{path} must declare exactly one trigger.");
    }
}

/// <summary>The members of a binding that this app uses.</summary>
internal sealed record FunctionBinding
{
    /// <summary>What it binds, such as <c>blobTrigger</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The name of its value in a payload.</summary>
    public required string Name { get; init; }

    /// <summary>Of a blob trigger: container and pattern, such as <c>models/{version}/manifest.json</c>.</summary>
    public string? Path { get; init; }

    /// <summary>Of a timer trigger: NCRONTAB, or the name of a setting between percent signs.</summary>
    public string? Schedule { get; init; }

    /// <summary>Of an HTTP trigger: the route, with its <c>api/</c>.</summary>
    public string? Route { get; init; }

    /// <summary>Of an HTTP trigger: the verbs, in any case.</summary>
    public IReadOnlyList<string> Methods { get; init => field = value ?? []; } = [];

    /// <summary>Of an HTTP trigger: <c>anonymous</c>, <c>function</c> or <c>admin</c>.</summary>
    public string AuthLevel { get; init => field = value ?? "function"; } = "function";

    /// <summary>Whether the binding starts the function.</summary>
    [JsonIgnore]
    public bool IsTrigger => Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase);
}

internal sealed record FunctionFile
{
    public required IReadOnlyList<FunctionBinding> Bindings { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FunctionFile))]
internal sealed partial class FunctionJson : JsonSerializerContext;
