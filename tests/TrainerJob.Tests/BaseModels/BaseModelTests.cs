using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Tests.BaseModels;

public sealed class BaseModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hub:distilbert/distilgpt2", "distilbert/distilgpt2")]
    [InlineData("hub:gpt2", "gpt2")]
    [InlineData("hub:a/b@v1.0", "a/b@v1.0")]
    [InlineData("models/0123abcd-4567cdef", "models/0123abcd-4567cdef")]
    [InlineData("blob:other/deep/down/", "other/deep/down")]
    public void A_source_is_read_from_its_text(string text, string name) => Assert.Equal(name, BaseModelSource.Parse(text).Name);

    [Theory]
    [InlineData("hub:")]
    [InlineData("hub:a/b/c")]
    [InlineData("hub:../x")]
    [InlineData("hub:a/b@")]
    [InlineData("no/such/folder")]
    [InlineData("models")]
    public void What_names_no_model_is_refused_with_the_forms_there_are(string text) =>
        Assert.Contains("hub:", Assert.Throws<InputException>(() => BaseModelSource.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_folder_of_shards_is_read_by_its_index()
    {
        SmallModel.Write(_folder.Sub("one"));
        SmallModel.Write(_folder.Sub("three"), shards: 3);

        SmallModel.AssertSameWeights(_folder.Sub("one"), (await OpenAsync(_folder.Sub("three"))).Folder);
    }

    [Fact]
    public async Task A_missing_shard_is_named()
    {
        SmallModel.Write(_folder.Sub("three"), shards: 3);
        File.Delete(_folder.Sub("three", "model-00002-of-00003.safetensors"));

        var message = (await Assert.ThrowsAsync<ModelFolderException>(() => OpenAsync(_folder.Sub("three")))).Message;

        Assert.Contains("model-00002-of-00003.safetensors", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_saved_with_its_head_alone_has_its_table()
    {
        SmallModel.Write(_folder.Sub("table"));
        SmallModel.Write(_folder.Sub("head"));
        var (_, parameters) = Gpt2Folder.Load(_folder.Sub("table"));
        using (parameters)
        {
            SafetensorsWriter.Write(
                _folder.Sub("head", "model.safetensors"),
                [.. parameters.Select(parameter => SafetensorsTensor.Of(parameter, parameter.Name == Gpt2Parameters.TokenTable ? "lm_head.weight" : parameter.Name))]);
        }

        SmallModel.AssertSameWeights(_folder.Sub("table"), _folder.Sub("head"));
    }

    [Fact]
    public async Task A_tokenizer_that_does_not_fit_is_reported_with_all_else()
    {
        SmallModel.Write(_folder.Sub("model"));
        var shape = SmallModel.Shape with { Vocabulary = 280 };
        using (var smaller = Gpt2Initializer.Random(shape, seed: 1))
        {
            Gpt2Folder.Save(_folder.Sub("model"), shape, smaller);
            SafetensorsWriter.Write(
                _folder.Sub("model", "model.safetensors"),
                [.. smaller.Where(parameter => parameter.Name != "transformer.ln_f.bias").Select(parameter => SafetensorsTensor.Of(parameter))]);
        }

        var problems = (await Assert.ThrowsAsync<ModelFolderException>(() => OpenAsync(_folder.Sub("model")))).Problems;

        Assert.Equal(["transformer.ln_f.bias [16] is missing", "its tokenizer has 300 tokens and the model 280: they do not belong together"], problems);
    }

    [Fact]
    public async Task Equal_weights_are_one_model_wherever_they_lie()
    {
        SmallModel.Write(_folder.Sub("here"));
        SmallModel.Write(_folder.Sub("there"));
        var (here, there) = (await OpenAsync(_folder.Sub("here")), await OpenAsync(_folder.Sub("there")));
        using (var other = Gpt2Initializer.Random(SmallModel.Shape, seed: 9))
        {
            Gpt2Folder.Save(_folder.Sub("there"), SmallModel.Shape, other);
        }

        Assert.Equal(here.Identity, there.Identity);
        Assert.NotEqual(here.Identity, (await OpenAsync(_folder.Sub("there"))).Identity);
    }

    [Fact]
    public async Task A_model_of_the_store_is_copied_and_copied_anew_when_it_changes()
    {
        SmallModel.Write(_folder.Sub("model"));
        var store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);
        await UploadAsync(store);
        var first = await OpenAsync("models/base", store);
        SmallModel.AssertSameWeights(_folder.Sub("model"), first.Folder);
        using (var other = Gpt2Initializer.Random(SmallModel.Shape, seed: 9))
        {
            Gpt2Folder.Save(_folder.Sub("model"), SmallModel.Shape, other);
        }

        await UploadAsync(store);

        Assert.NotEqual(first.Identity, (await OpenAsync("models/base", store)).Identity);
    }

    [Fact]
    public async Task A_model_that_the_store_has_not_is_bad_input()
    {
        var store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);

        Assert.Contains("models/none", (await Assert.ThrowsAsync<InputException>(() => OpenAsync("models/none", store))).Message, StringComparison.Ordinal);
        Assert.Contains("--store", (await Assert.ThrowsAsync<InputException>(() => OpenAsync("models/none"))).Message, StringComparison.Ordinal);
    }

    private async Task UploadAsync(FolderBlobStore store)
    {
        foreach (var path in Directory.EnumerateFiles(_folder.Sub("model")))
        {
            await store.WriteAsync(
                new BlobName("models", "base/" + Path.GetFileName(path)), await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), BlobCondition.None, TestContext.Current.CancellationToken);
        }
    }

    private Task<BaseModel> OpenAsync(string text, FolderBlobStore? store = null) =>
        new BaseModelOpener(_folder.Sub("cache"), "https://hub.test", TimeProvider.System, _ => { }).OpenAsync(text, store, TestContext.Current.CancellationToken);
}
