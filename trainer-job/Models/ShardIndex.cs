using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.TrainerJob.Models;

/// <summary>Hugging Face's <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal sealed record ShardIndex
{
    /// <summary>The file's name.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>The shard of each tensor.</summary>
    public IReadOnlyDictionary<string, string> WeightMap { get; init; } = new Dictionary<string, string>();

    /// <summary>The shards, each once, in ordinal order.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Files => [.. WeightMap.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Reads an index.</summary>
    /// <exception cref="ModelFolderException">It is no index, or it names files outside its folder.</exception>
    public static ShardIndex Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        ShardIndex? index;
        try
        {
            index = JsonSerializer.Deserialize(File.ReadAllBytes(path), ShardIndexJson.Default.ShardIndex);
        }
        catch (JsonException exception)
        {
            throw new ModelFolderException(folder, [$"{FileName} cannot be read: {exception.Message.TrimEnd('.')}"]);
        }

        if (index?.WeightMap is not { Count: > 0 })
        {
            throw new ModelFolderException(folder, [$"{FileName} has no weight_map"]);
        }

        string[] bad = [.. index.Files.Where(file => !IsPlainName(file))];
        return bad.Length == 0
            ? index
            : throw new ModelFolderException(folder, [.. bad.Select(file => $"{FileName} names '{file}', which is no safetensors file of the folder")]);
    }

    private static bool IsPlainName(string? file) =>
        file is not null
        && file.EndsWith(".safetensors", StringComparison.Ordinal)
        && !file.StartsWith('.')
        && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ShardIndex))]
internal sealed partial class ShardIndexJson : JsonSerializerContext;
