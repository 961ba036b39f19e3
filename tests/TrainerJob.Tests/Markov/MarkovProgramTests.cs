using System.Globalization;
using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Tests.Commands;

namespace Pipeline.TrainerJob.Tests.Markov;

public sealed class MarkovProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MarkovProgramTests() => SmallTexts.WriteFiles(_folder.Sub("posts"), count: 12);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_chain_is_counted_judged_and_writes()
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, "train", "--data", "posts", "--output", "model", "--preset", "tiny", "--model", "markov", "--order", "3");
        Assert.True(code == ExitCode.Done, error);
        using var model = LanguageModel.Load(_folder.Sub("model"));
        Assert.Equal("markov/decoder.ngrams", model.ServingFile);
        var text = (await new TextGenerator(model).GenerateAsync(new() { Prompt = "the baker ", Sampling = new() { Seed = 1, MaxTokens = 60 } }, TestContext.Current.CancellationToken))[0];
        Assert.True(text.Tokens.Count > 10);
        Assert.True(await PerplexityAsync("posts/0*.txt") < await PerplexityAsync("posts/11.txt"));
    }

    [Fact]
    public async Task A_longer_chain_knows_its_own_text_better()
    {
        foreach (var order in (string[])["1", "5"])
        {
            var (code, _, error) = await JobProcess.RunAsync(
                _folder, "train", "--data", "posts", "--output", "model" + order, "--work", "work" + order, "--preset", "tiny", "--model", "markov", "--tokens", "characters", "--order", order);
            Assert.True(code == ExitCode.Done, error);
        }

        Assert.True(await PerplexityAsync("posts/0*.txt", "model5") < await PerplexityAsync("posts/0*.txt", "model1"));
    }

    private async Task<double> PerplexityAsync(string data, string model = "model")
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, "evaluate", "--model", model, "--data", data, "--json");
        Assert.True(code == ExitCode.Done, error);
        using var json = JsonDocument.Parse(output);
        return double.Parse(json.RootElement.GetProperty("perplexity").GetRawText(), CultureInfo.InvariantCulture);
    }
}
