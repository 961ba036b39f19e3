using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>The baselines on the road that GPT-2 takes: trained, published, put into service, and the writer of a post.</summary>
public sealed class BaselineTests
{
    [Theory]
    [InlineData("lstm", "onnx/decoder.onnx")]
    [InlineData("markov", "markov/decoder.ngrams")]
    public async Task A_baseline_writes_a_post(string model, string servingFile)
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var run = await OnceRun.SucceedAsync(folder.Sub("work"), token, "--model", model, "--seed", "7");
        Assert.Equal(run.Commit, await Git.RunAsync(folder.Sub("work", "blog"), token, "rev-parse", run.Branch));
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(folder.Sub("work", "store", "models", run.Version, "manifest.json")));
        Assert.Equal(servingFile, manifest.RootElement.GetProperty("servingFile").GetString());
        Assert.Equal(model, manifest.RootElement.GetProperty("settings").GetProperty("model").GetString());
    }
}
