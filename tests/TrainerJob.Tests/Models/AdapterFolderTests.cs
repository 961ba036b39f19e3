using System.Text.Json.Nodes;
using Pipeline.Testing;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Tests.BaseModels;

namespace Pipeline.TrainerJob.Tests.Models;

public sealed class AdapterFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LoraSettings _settings = new(Rank: 4, Alpha: 8, LoraTargets.AttentionInput | LoraTargets.MlpOutput);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_sizes_and_keys_are_pefts()
    {
        using var adapter = LoraAdapter.Random(SmallModel.Shape, _settings, seed: 3, frozenLayers: 1);
        AdapterFolder.Save(_folder.FullName, SmallModel.Shape, adapter, _settings, frozenLayers: 1, "owner/small");

        using var file = SafetensorsFile.Open(_folder.Sub("adapter_model.safetensors"));
        Assert.Equal(
            [
                "base_model.model.transformer.h.1.attn.c_attn.lora_A.weight [4,16]",
                "base_model.model.transformer.h.1.attn.c_attn.lora_B.weight [48,4]",
                "base_model.model.transformer.h.1.mlp.c_proj.lora_A.weight [4,64]",
                "base_model.model.transformer.h.1.mlp.c_proj.lora_B.weight [16,4]",
            ],
            file.Tensors.Values.Select(tensor => $"{tensor.Name} [{string.Join(',', tensor.Shape)}]").Order(StringComparer.Ordinal));
        var config = JsonNode.Parse(File.ReadAllText(_folder.Sub("adapter_config.json")))!;
        Assert.Equal(("LORA", "CAUSAL_LM", 4, 8.0), ((string?)config["peft_type"], (string?)config["task_type"], (int)config["r"]!, (double)config["lora_alpha"]!));
        Assert.Equal(["attn.c_attn", "mlp.c_proj"], config["target_modules"]!.AsArray().Select(name => (string?)name));
        Assert.Equal([1], config["layers_to_transform"]!.AsArray().Select(layer => (int)layer!));
        Assert.Equal((true, "owner/small"), ((bool)config["fan_in_fan_out"]!, (string?)config["base_model_name_or_path"]));
    }

    [Fact]
    public void What_is_saved_is_loaded_and_another_adapter_is_refused()
    {
        using var adapter = LoraAdapter.Random(SmallModel.Shape, _settings, seed: 3);
        AdapterFolder.Save(_folder.FullName, SmallModel.Shape, adapter, _settings, 0, "owner/small");
        using var copy = adapter.ZerosLike();
        AdapterFolder.Load(_folder.FullName, copy);
        using var other = LoraAdapter.Random(SmallModel.Shape, _settings with { Rank = 2 }, seed: 3);

        Assert.All(adapter.Zip(copy), pair => Assert.True(pair.First.Values.SequenceEqual(pair.Second.Values)));
        Assert.Equal(8, Assert.Throws<ModelFolderException>(() => AdapterFolder.Load(_folder.FullName, other)).Problems.Count);
    }
}
