using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
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
        var (shape, tuned) = TrainerJob.Models.Gpt2Folder.Load(_folder.Sub("tuned"));
        var (_, start) = TrainerJob.Models.Gpt2Folder.Load(_folder.Sub("base"));
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
