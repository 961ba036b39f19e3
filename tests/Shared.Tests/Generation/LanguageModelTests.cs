using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Generation;

public sealed class LanguageModelTests(TestModel test)
{
    [Fact]
    public void The_8_bit_file_serves_unless_the_manifest_or_the_caller_says_otherwise()
    {
        using var folder = test.Copy();
        Assert.Equal("int8", Quantization(folder, null));
        Assert.Equal("none", Quantization(folder, LanguageModel.Float32File));
        File.WriteAllText(folder.Sub("manifest.json"), """{"format":1,"servingFile":"onnx/decoder.onnx"}""");
        Assert.Equal("none", Quantization(folder, null));
        File.Delete(folder.Sub("manifest.json"));
        File.Delete(folder.Sub("onnx", "decoder_quantized.onnx"));
        Assert.Equal("none", Quantization(folder, null));
    }

    // https://huggingface.co/docs/transformers/model_doc/gpt2 has these.
    [Fact]
    public void Keys_that_the_configuration_leaves_out_have_hugging_faces_defaults()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Sub("config.json"), "{}");
        var config = ModelConfig.Read(folder.FullName);
        Assert.Equal(new ModelConfig(new(Layers: 12, Heads: 12, Width: 768, Context: 1024, Vocabulary: 50257), InnerWidth: 3072, Epsilon: 1e-5f), config);
    }

    [Theory]
    [InlineData(DecoderEngine.Own)]
    [InlineData(DecoderEngine.OnnxRuntime)]
    public void A_model_larger_than_the_memory_is_refused_with_what_to_do(DecoderEngine engine)
    {
        var options = new LanguageModelOptions { Engine = engine, MemoryLimit = 20_000 };
        var failure = Assert.Throws<ModelException>(() => LanguageModel.Load(test.Folder, LanguageModel.QuantizedFile, options));
        Assert.Contains("memory", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--q4", failure.Message, StringComparison.Ordinal);
        using var fits = LanguageModel.Load(test.Folder, LanguageModel.QuantizedFile, options with { MemoryLimit = 20_000_000 });
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("onnx/decoder.onnx")]
    [InlineData("onnx/model.onnx_data")]
    public void A_missing_file_is_named(string file)
    {
        using var folder = test.Copy();
        File.Delete(folder.Sub(file));
        Assert.Contains(Path.GetFileName(file), Failure(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tokenizer_is_told()
    {
        using var folder = test.Copy();
        foreach (var file in new[] { "tokenizer.json", "vocab.json", "merges.txt" })
        {
            File.Delete(folder.Sub(file));
        }

        Assert.Contains("tokenizer", Failure(folder), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("onnx/decoder.onnx")]
    [InlineData("onnx/model.onnx_data")]
    public void A_file_cut_in_half_is_named(string file)
    {
        using var folder = test.Copy();
        var bytes = File.ReadAllBytes(folder.Sub(file));
        File.WriteAllBytes(folder.Sub(file), bytes[..(bytes.Length / 2)]);
        Assert.Contains(Path.GetFileName(file), Failure(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("onnx/decoder.onnx")]
    [InlineData("manifest.json")]
    public void A_file_of_rubbish_is_named(string file)
    {
        using var folder = test.Copy();
        File.WriteAllText(folder.Sub(file), "\u0001 rubbish {{{");
        var failure = Assert.Throws<ModelException>(() => LanguageModel.Load(folder.FullName, file == "manifest.json" ? null : LanguageModel.Float32File));
        Assert.Contains(Path.GetFileName(file), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_with_damaged_bytes_fails_cleanly_or_loads()
    {
        using var folder = test.Copy();
        var path = folder.Sub("onnx", "decoder.onnx");
        var bytes = File.ReadAllBytes(path);
        var random = new Random(5);
        for (var trial = 0; trial < 60; trial++)
        {
            var damaged = bytes.ToArray();
            for (var i = 0; i < 4; i++)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(path, damaged);
            try
            {
                LanguageModel.Load(folder.FullName, LanguageModel.Float32File).Dispose();
            }
            catch (ModelException failure)
            {
                Assert.Contains("decoder.onnx", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Files_of_different_models_are_told()
    {
        using var folder = test.Copy();
        var config = File.ReadAllText(folder.Sub("config.json"));
        File.WriteAllText(folder.Sub("config.json"), config.Replace("\"n_layer\": 2", "\"n_layer\": 3", StringComparison.Ordinal).Replace("\"n_layer\":2", "\"n_layer\":3", StringComparison.Ordinal));
        Assert.Contains("different models", Failure(folder), StringComparison.Ordinal);

        File.WriteAllText(folder.Sub("config.json"), config);
        BpeTokenizer.Gpt2().Save(folder.FullName);
        Assert.Contains("different models", Failure(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_objection_to_a_description_is_named()
    {
        using var folder = test.Copy();
        File.WriteAllText(folder.Sub("config.json"), """{"model_type":"llama","n_layer":0,"n_head":5,"n_embd":32,"activation_function":"relu"}""");
        var message = Failure(folder);
        Assert.All(["llama", "n_layer", "n_embd 32", "relu"], part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_serving_file_outside_the_folder_is_refused() =>
        Assert.Throws<ModelException>(() => LanguageModel.Load(test.Folder, "../elsewhere/decoder.onnx"));

    [Fact]
    public void A_file_that_is_no_export_of_ours_is_told()
    {
        using var folder = test.Copy();
        var path = folder.Sub("onnx", "decoder.onnx");
        var text = File.ReadAllBytes(path);
        // The key of the format, one letter changed: the length of the record stays as it is.
        var at = text.AsSpan().IndexOf("pipeline.format"u8);
        text[at] = (byte)'P';
        File.WriteAllBytes(path, text);
        Assert.Contains("export", Failure(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_version_is_told_with_both_versions()
    {
        using var folder = test.Copy();
        var path = folder.Sub("onnx", "decoder.onnx");
        var bytes = File.ReadAllBytes(path);
        // Behind the key stand the value's field number and length, one byte each.
        var at = bytes.AsSpan().IndexOf("pipeline.format"u8) + "pipeline.format".Length + 2;
        Assert.Equal((byte)'1', bytes[at]);
        bytes[at] = (byte)'7';
        File.WriteAllBytes(path, bytes);
        var message = Failure(folder);
        Assert.Contains("format 7", message, StringComparison.Ordinal);
        Assert.Contains("format 1", message, StringComparison.Ordinal);
    }

    private static string Failure(TemporaryFolder folder) =>
        Assert.Throws<ModelException>(() => LanguageModel.Load(folder.FullName, LanguageModel.Float32File)).Message;

    private static string Quantization(TemporaryFolder folder, string? file)
    {
        using var model = LanguageModel.Load(folder.FullName, file);
        return model.Metadata.Quantization;
    }
}
