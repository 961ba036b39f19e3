using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Tests.BaseModels;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class BaseModelProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BaseModelProgramTests()
    {
        SmallTexts.WriteFiles(_folder.Sub("posts"), count: 12);
        SmallModel.Write(_folder.Sub("base"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Training_goes_on_from_a_base_model_with_its_tokenizer()
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, Train("tuned", "--base", "base", "--steps", "1", "--learning-rate", "1e-9", "--weight-decay", "0"));

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(File.ReadAllBytes(_folder.Sub("base", "tokenizer.json")), File.ReadAllBytes(_folder.Sub("tuned", "tokenizer.json")));
        var (shape, tuned) = Gpt2Folder.Load(_folder.Sub("tuned"));
        var (_, start) = Gpt2Folder.Load(_folder.Sub("base"));
        using (tuned)
        using (start)
        {
            Assert.Equal(SmallModel.Shape, shape);
            foreach (var (one, other) in tuned.Zip(start))
            {
                for (var i = 0; i < one.Values.Length; i++)
                {
                    Assert.Equal(other.Values[i], one.Values[i], 1e-6);
                }
            }
        }
    }

    [Fact]
    public async Task The_environment_names_a_base_that_from_scratch_ignores()
    {
        var environment = new Dictionary<string, string> { ["PIPELINE_BASE"] = _folder.Sub("base") };
        var tuned = await JobProcess.RunAsync(_folder, environment, Train("tuned", "--steps", "2"));
        var scratch = await JobProcess.RunAsync(_folder, environment, [.. Train("scratch", "--steps", "2"), "--from-scratch", "--layers", "1", "--heads", "2", "--width", "16", "--preset", "tiny"]);

        Assert.True(tuned.Code == ExitCode.Done, tuned.Error);
        Assert.True(scratch.Code == ExitCode.Done, scratch.Error);
        Assert.Contains("Base: base", tuned.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Base:", scratch.Error, StringComparison.Ordinal);
        Assert.NotEqual(tuned.Output, scratch.Output);
    }

    [Fact]
    public async Task A_model_of_the_store_is_trained_on_and_named_in_the_manifest()
    {
        var stop = TestContext.Current.CancellationToken;
        var store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);
        foreach (var document in SmallTexts.Documents(12))
        {
            await new DocumentStore(store).WriteAsync(document, stop);
        }

        foreach (var path in Directory.EnumerateFiles(_folder.Sub("base")))
        {
            await store.WriteAsync(new BlobName("models", "base/" + Path.GetFileName(path)), await File.ReadAllBytesAsync(path, stop), BlobCondition.None, stop);
        }

        var (code, output, error) = await JobProcess.RunAsync(_folder, "train", "--store", "store", "--base", "models/base", "--steps", "2", "--context", "32");

        Assert.True(code == ExitCode.Done, error);
        var manifest = (await new ModelStore(store).ReadManifestAsync(output.TrimEnd('\n'), stop))!;
        Assert.Equal(("models/base", SmallModel.Shape), (manifest.BaseModel, manifest.Shape));
    }

    [Fact]
    public async Task An_adapter_is_saved_by_itself_and_merged_into_the_model()
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, Train("tuned", "--base", "base", "--steps", "20", "--lora-rank", "4", "--lora-targets", "c_attn,mlp.c_proj", "--freeze", "1"));

        Assert.True(code == ExitCode.Done, error);
        var settings = new LoraSettings(4, 16, LoraTargets.AttentionInput | LoraTargets.MlpOutput);
        var (_, start) = Gpt2Folder.Load(_folder.Sub("base"));
        var (_, tuned) = Gpt2Folder.Load(_folder.Sub("tuned"));
        using (start)
        using (tuned)
        using (var adapter = LoraAdapter.Random(SmallModel.Shape, settings, seed: 99, frozenLayers: 1))
        {
            AdapterFolder.Load(_folder.Sub("tuned", "adapter"), adapter);
            Assert.NotEqual(0, adapter[LoraAdapter.SecondOf("transformer.h.1.attn.c_attn")].Values[0]);
            LoraAdapter.Merge(start, adapter, settings);
            foreach (var (one, other) in start.Zip(tuned))
            {
                Assert.True(one.Values.SequenceEqual(other.Values), one.Name);
            }
        }

        // The checkpoint holds what is trained, and nothing of the base model.
        var checkpoint = Directory.EnumerateFiles(_folder.Sub(".pipeline", "runs", output.TrimEnd('\n'), "checkpoints"), "weights.safetensors", SearchOption.AllDirectories).Single();
        using var file = SafetensorsFile.Open(checkpoint);
        Assert.All(file.Tensors.Keys, name => Assert.Contains(".lora_", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_killed_run_with_adapter_and_dropout_goes_on_to_the_weights_of_an_unbroken_one()
    {
        string[] options = ["--base", "base", "--steps", "200", "--epochs", "1000", "--patience", "1000", "--lora-rank", "2", "--context", "32", "--dropout", "0.1", "--accumulation", "2", "--gradient-checkpointing"];
        var unbroken = await JobProcess.RunAsync(_folder, [.. Train("whole", options), "--work", "whole-work"]);
        Assert.True(unbroken.Code == ExitCode.Done, unbroken.Error);
        using (var process = JobProcess.Start(_folder, Train("tuned", options)))
        {
            await process.WaitForStepAsync(_folder.Sub(".pipeline", "runs", unbroken.Output.TrimEnd('\n'), "train.log"), 40);
            await process.SignalAsync("KILL");
            await process.EndAsync();
        }

        var resumed = await JobProcess.RunAsync(_folder, Train("tuned", options));

        Assert.True(resumed.Code == ExitCode.Done, resumed.Error);
        Assert.Contains("Going on after step", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(_folder.Sub("whole", "model.safetensors")), File.ReadAllBytes(_folder.Sub("tuned", "model.safetensors")));
        Assert.Equal(File.ReadAllBytes(_folder.Sub("whole", "adapter", "adapter_model.safetensors")), File.ReadAllBytes(_folder.Sub("tuned", "adapter", "adapter_model.safetensors")));
    }

    [Fact]
    public async Task A_gpu_that_is_not_there_is_said_with_what_is_missing()
    {
        Assert.False(File.Exists("/proc/driver/nvidia/version"), "This test is about machines without a GPU, and this one has one.");

        var gpu = await JobProcess.RunAsync(_folder, Train("tuned", "--base", "base", "--device", "cuda"));
        var half = await JobProcess.RunAsync(_folder, Train("tuned", "--base", "base", "--precision", "bf16"));

        Assert.Equal(ExitCode.Failed, gpu.Code);
        Assert.Contains("The device cuda:0 cannot be used", gpu.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, half.Code);
        Assert.Contains("needs a GPU", half.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--lora-rank", "4")]
    [InlineData("--freeze", "1")]
    public async Task What_keeps_weights_as_they_are_needs_a_base_model(string option, string value)
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, Train("tuned", "--from-scratch", option, value));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("--base", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--width", "32")]
    [InlineData("--vocabulary", "300")]
    [InlineData("--context", "128")]
    public async Task What_the_base_model_decides_cannot_be_set(string option, string value)
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, Train("tuned", "--base", "base", option, value));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("base model", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_of_another_architecture_is_bad_input()
    {
        File.WriteAllText(_folder.Sub("base", "config.json"), """{ "model_type": "bert", "activation_function": "relu" }""");

        var (code, _, error) = await JobProcess.RunAsync(_folder, Train("tuned", "--base", "base"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("bert", error, StringComparison.Ordinal);
        Assert.Contains("relu", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_its_own_can_be_the_judge()
    {
        SmallTexts.WriteFiles(_folder.Sub("judges"), count: 3);

        var (code, _, error) = await JobProcess.RunAsync(_folder, [.. Train("tuned", "--base", "base", "--steps", "2"), "--validation", "judges/*.txt"]);

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("12 posts, ", error, StringComparison.Ordinal);
        Assert.Contains("3 posts held out", error, StringComparison.Ordinal);
    }

    private static string[] Train(string output, params string[] more) => ["train", "--data", "posts", "--output", output, .. more];
}
