using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Generation;

/// <summary>The one key of a model folder's manifest that loading needs.</summary>
/// <param name="ServingFile">Path of the ONNX file within the folder.</param>
internal sealed record ServingManifest(string? ServingFile)
{
    private const string FileName = "manifest.json";

    /// <summary>What the folder's manifest names, or null without a manifest.</summary>
    /// <exception cref="ModelException">The manifest is no JSON.</exception>
    public static string? ServingFileOf(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ServingManifestJson.Default.ServingManifest)?.ServingFile;
        }
        catch (JsonException failure)
        {
            throw new ModelException($"{path} is no JSON: {failure.Message}", failure);
        }
    }
}

/// <summary>JSON form of the above.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ServingManifest))]
internal sealed partial class ServingManifestJson : JsonSerializerContext;
