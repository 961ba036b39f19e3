using System.Text.Json;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Tests.BaseModels;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class PublishProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_trained_elsewhere_becomes_a_version_judged_by_the_stores_posts()
    {
        var stop = TestContext.Current.CancellationToken;
        SmallModel.Write(_folder.Sub("elsewhere"), shards: 2);
        var store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);
        foreach (var document in SmallTexts.Documents(12))
        {
            await new DocumentStore(store).WriteAsync(document, stop);
        }

        var (code, output, error) = await JobProcess.RunAsync(_folder, "publish", "--model", "elsewhere", "--store", "store");

        Assert.True(code == ExitCode.Done, error);
        var version = output.TrimEnd('\n');
        var manifest = (await new ModelStore(store).ReadManifestAsync(version, stop))!;
        Assert.Equal(("elsewhere", SmallModel.Shape, 12), (manifest.BaseModel, manifest.Shape, manifest.Metrics.Documents));
        Assert.Contains(manifest.ServingFile!, manifest.Files.Keys);
        SmallModel.AssertSameWeights(_folder.Sub("elsewhere"), _folder.Sub("store", "models", version));

        var evaluated = await JobProcess.RunAsync(
            _folder, "evaluate", "--model", "elsewhere", "--data", Path.Combine("store", "corpora", manifest.CorpusId, "validation.jsonl"), "--json");
        using var figures = JsonDocument.Parse(evaluated.Output);
        Assert.Equal(figures.RootElement.GetProperty("loss").GetDouble(), manifest.Metrics.ValidationLoss!.Value, 1e-6);

        var again = await JobProcess.RunAsync(_folder, "publish", "--model", "elsewhere", "--store", "store");
        Assert.Equal((ExitCode.Done, output), (again.Code, again.Output));
        Assert.Contains("there already", again.Error, StringComparison.Ordinal);
    }
}
