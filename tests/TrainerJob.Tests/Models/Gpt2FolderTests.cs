using System.Text.Json.Nodes;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Tests.Models;

public sealed class Gpt2FolderTests : IDisposable
{
    private static readonly ModelShape Shape = new(Layers: 2, Heads: 2, Width: 8, Context: 6, Vocabulary: 11);

    private readonly TemporaryFolder _folder = new();
    private readonly ParameterSet _parameters = Gpt2Initializer.Random(Shape, seed: 2);

    public static TheoryData<string> References => new("gpt2-tiny-a", "gpt2-tiny-b");

    [Theory]
    [MemberData(nameof(References))]
    public void The_hubs_old_layout_loads_as_the_new_one(string name)
    {
        var reference = ProjectFolders.Shared("reference", name);
        File.Copy(Path.Combine(reference, "config.json"), _folder.Sub("config.json"));
        File.Copy(Path.Combine(reference, "model.hub-layout.safetensors"), _folder.Sub("model.safetensors"));
        var (shape, parameters) = Gpt2Folder.Load(_folder.FullName);
        var (expectedShape, expected) = Gpt2Folder.Load(reference);
        using (parameters)
        using (expected)
        {
            Assert.Equal(expectedShape, shape);
            AssertEqual(expected, parameters);
        }
    }

    [Fact]
    public void What_is_saved_is_loaded()
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        var (shape, parameters) = Gpt2Folder.Load(_folder.FullName);
        using (parameters)
        {
            Assert.Equal(Shape, shape);
            AssertEqual(_parameters, parameters);
        }

        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors"],
            Directory.GetFiles(_folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_configuration_is_as_others_tools_expect_it()
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        var config = JsonNode.Parse(File.ReadAllText(_folder.Sub("config.json")))!;
        Assert.Equal("gpt2", (string?)config["model_type"]);
        Assert.Equal("GPT2LMHeadModel", (string?)config["architectures"]![0]);
        Assert.Equal("gelu_new", (string?)config["activation_function"]);
        Assert.Equal((11, 6, 8, 2, 2), ((int)config["vocab_size"]!, (int)config["n_positions"]!, (int)config["n_embd"]!, (int)config["n_layer"]!, (int)config["n_head"]!));
        Assert.Equal(1e-5, (double)config["layer_norm_epsilon"]!);
        Assert.Equal(10, (int)JsonNode.Parse(File.ReadAllText(_folder.Sub("generation_config.json")))!["eos_token_id"]!);
    }

    [Fact]
    public void Shards_are_read_together()
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        File.Delete(_folder.Sub("model.safetensors"));
        var tensors = _parameters.Select(parameter => SafetensorsTensor.Of(parameter)).ToList();
        SafetensorsWriter.Write(_folder.Sub("model-00001-of-00002.safetensors"), tensors[..5]);
        SafetensorsWriter.Write(_folder.Sub("model-00002-of-00002.safetensors"), tensors[5..]);
        var (_, parameters) = Gpt2Folder.Load(_folder.FullName);
        using (parameters)
        {
            AssertEqual(_parameters, parameters);
        }
    }

    [Fact]
    public void All_mismatches_are_reported_together()
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        var tensors = _parameters.Where(parameter => parameter.Name != "transformer.ln_f.bias").Select(parameter => parameter.Name == "transformer.wpe.weight"
            ? SafetensorsTensor.Of(parameter.Name, [2, 4], new float[8])
            : SafetensorsTensor.Of(parameter)).ToList();
        tensors.Add(SafetensorsTensor.Of("transformer.h.2.ln_1.weight", [8], new float[8]));
        SafetensorsWriter.Write(_folder.Sub("model.safetensors"), tensors);
        var exception = Assert.Throws<ModelFolderException>(() => Gpt2Folder.Load(_folder.FullName));
        Assert.Equal(
            [
                "transformer.wpe.weight is [2,4] where the configuration wants [6,8]",
                "transformer.ln_f.bias [8] is missing",
                "transformer.h.2.ln_1.weight belongs to no GPT-2 of this configuration",
            ],
            exception.Problems);
        Assert.Contains(_folder.FullName, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"")]
    [InlineData("activation_function", "\"relu\"")]
    [InlineData("n_head", "3")]
    [InlineData("n_layer", "0")]
    [InlineData("vocab_size", "-5")]
    [InlineData("n_inner", "33")]
    [InlineData("layer_norm_epsilon", "0.1")]
    [InlineData("scale_attn_by_inverse_layer_idx", "true")]
    [InlineData("tie_word_embeddings", "false")]
    [InlineData("n_embd", "\"eight\"")]
    public void A_configuration_that_is_not_gpt2s_is_refused(string key, string value)
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        var config = JsonNode.Parse(File.ReadAllText(_folder.Sub("config.json")))!;
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(_folder.Sub("config.json"), config.ToJsonString());
        var exception = Assert.Throws<ModelFolderException>(() => Gpt2Folder.Load(_folder.FullName));
        Assert.Contains("config.json", exception.Message, StringComparison.Ordinal);
    }

    // The published GPT-2's own file lacks the last three; https://huggingface.co/docs/transformers/model_doc/gpt2 has the defaults.
    [Theory]
    [InlineData("model_type")]
    [InlineData("activation_function")]
    [InlineData("layer_norm_epsilon")]
    [InlineData("scale_attn_weights")]
    [InlineData("scale_attn_by_inverse_layer_idx")]
    [InlineData("tie_word_embeddings")]
    public void A_key_that_the_configuration_leaves_out_has_hugging_faces_default(string key)
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        var config = JsonNode.Parse(File.ReadAllText(_folder.Sub("config.json")))!.AsObject();
        Assert.True(config.Remove(key));
        File.WriteAllText(_folder.Sub("config.json"), config.ToJsonString());
        var (shape, parameters) = Gpt2Folder.Load(_folder.FullName);
        using (parameters)
        {
            Assert.Equal(Shape, shape);
        }
    }

    [Fact]
    public void A_folder_without_a_model_is_named()
    {
        Assert.Contains("config.json", Assert.Throws<ModelFolderException>(() => Gpt2Folder.Load(_folder.FullName)).Message, StringComparison.Ordinal);
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        File.Delete(_folder.Sub("model.safetensors"));
        Assert.Contains("model.safetensors", Assert.Throws<ModelFolderException>(() => Gpt2Folder.Load(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_of_its_own_is_refused_and_a_copy_of_the_table_is_not()
    {
        Gpt2Folder.Save(_folder.FullName, Shape, _parameters);
        var tensors = _parameters.Select(parameter => SafetensorsTensor.Of(parameter)).ToList();
        var table = _parameters["transformer.wte.weight"];
        SafetensorsWriter.Write(_folder.Sub("model.safetensors"), [.. tensors, SafetensorsTensor.Of(table, "lm_head.weight")]);
        Gpt2Folder.Load(_folder.FullName).Parameters.Dispose();
        SafetensorsWriter.Write(_folder.Sub("model.safetensors"), [.. tensors, SafetensorsTensor.Of("lm_head.weight", table.Shape, new float[table.Values.Length])]);
        Assert.Contains("lm_head.weight", Assert.Throws<ModelFolderException>(() => Gpt2Folder.Load(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _folder.Dispose();
    }

    private static void AssertEqual(ParameterSet expected, ParameterSet actual)
    {
        Assert.Equal(expected.Select(parameter => parameter.Name), actual.Select(parameter => parameter.Name));
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.True(one.Values.SequenceEqual(other.Values), one.Name);
        }
    }
}
