using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Generation;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// An adapter in the layout of Hugging Face's PEFT: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>
/// (https://huggingface.co/docs/peft/developer_guides/checkpoint).
/// </summary>
public static class AdapterFolder
{
    private const string ConfigName = "adapter_config.json";
    private const string WeightsName = "adapter_model.safetensors";
    private const string Prefix = "base_model.model.";

    /// <summary>Writes an adapter, each file complete or not at all.</summary>
    /// <param name="folder">Where to; made if need be.</param>
    /// <param name="shape">The base model's sizes.</param>
    /// <param name="adapter">The adapter's tensors.</param>
    /// <param name="settings">Its rank, weight and targets.</param>
    /// <param name="frozenLayers">The lowest blocks, which have none.</param>
    /// <param name="baseModel">What the base model is called.</param>
    public static void Save(string folder, ModelShape shape, ParameterSet adapter, LoraSettings settings, int frozenLayers, string baseModel)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsName),
            [.. adapter.Select(parameter => SafetensorsTensor.Of(parameter, Prefix + parameter.Name))],
            new Dictionary<string, string> { ["format"] = "pt" });
        var config = new AdapterConfig
        {
            BaseModelNameOrPath = baseModel,
            R = settings.Rank,
            LoraAlpha = settings.Alpha,
            TargetModules = [.. settings.ModuleNames],
            LayersToTransform = frozenLayers > 0 ? [.. Enumerable.Range(frozenLayers, shape.Layers - frozenLayers)] : null,
            LayersPattern = frozenLayers > 0 ? "h" : null,
        };
        var path = Path.Combine(folder, ConfigName);
        File.WriteAllBytes(path + ".partial", JsonSerializer.SerializeToUtf8Bytes(config, AdapterJson.Default.AdapterConfig));
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>Reads the tensors of an adapter of the same settings.</summary>
    /// <exception cref="ModelFolderException">It holds other tensors; all differences are named.</exception>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static void Load(string folder, ParameterSet adapter)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        List<string> problems =
        [
            .. adapter
                .Where(parameter => file.Tensors.GetValueOrDefault(Prefix + parameter.Name)?.Shape.SequenceEqual(parameter.Shape) != true)
                .Select(parameter => $"{Prefix}{parameter.Name} [{string.Join(',', parameter.Shape)}] is missing or of another size"),
            .. file.Tensors.Keys
                .Where(name => !name.StartsWith(Prefix, StringComparison.Ordinal) || !adapter.Contains(name[Prefix.Length..]))
                .Select(name => $"{name} belongs to no adapter of these settings"),
        ];
        if (problems.Count > 0)
        {
            throw new ModelFolderException(folder, problems);
        }

        foreach (var parameter in adapter)
        {
            file.ReadNumbers(Prefix + parameter.Name, parameter.Values);
        }
    }
}

/// <summary>PEFT's keys for LoRA. GPT-2 keeps its matrices as [in, out], which PEFT calls fan-in fan-out.</summary>
internal sealed record AdapterConfig
{
    public string PeftType { get; init; } = "LORA";

    public string TaskType { get; init; } = "CAUSAL_LM";

    public required string BaseModelNameOrPath { get; init; }

    public required int R { get; init; }

    public required double LoraAlpha { get; init; }

    public double LoraDropout { get; init; }

    public required IReadOnlyList<string> TargetModules { get; init; }

    public IReadOnlyList<int>? LayersToTransform { get; init; }

    public string? LayersPattern { get; init; }

    public string Bias { get; init; } = "none";

    public bool FanInFanOut { get; init; } = true;

    public bool InferenceMode { get; init; } = true;

    public bool InitLoraWeights { get; init; } = true;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(AdapterConfig))]
internal sealed partial class AdapterJson : JsonSerializerContext;
