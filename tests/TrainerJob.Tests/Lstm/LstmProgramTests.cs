using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Tests.Commands;

namespace Pipeline.TrainerJob.Tests.Lstm;

public sealed class LstmProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LstmProgramTests() => SmallTexts.WriteFiles(_folder.Sub("posts"), count: 12);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bpe", 1)]
    [InlineData("characters", 3)]
    public async Task An_lstm_is_trained_proven_and_writes(string tokens, int layers)
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, [.. Train("model", steps: 60), "--tokens", tokens, "--layers", $"{layers}"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal("lstm", ModelKind.Of(_folder.Sub("model")));
        Assert.Contains("All 60 steps are done.", error, StringComparison.Ordinal);
        Assert.Contains("onnx/decoder.onnx serves", error, StringComparison.Ordinal);
        Assert.Contains("a Markov chain of order 2 has", error, StringComparison.Ordinal);
        using var model = LanguageModel.Load(_folder.Sub("model"));
        Assert.Equal(layers, model.Shape.Layers);
        var request = new GenerationRequest { Prompt = "the baker ", Samples = 2, Sampling = new() { Seed = 3, MaxTokens = 40 } };
        var together = await new TextGenerator(model).GenerateAsync(request, Token);
        var alone = await new TextGenerator(model).GenerateAsync(request with { Samples = 1, Sampling = request.Sampling with { Seed = 4 } }, Token);
        Assert.Equal(together[1].Tokens, alone[0].Tokens);

        var (evaluated, json, problem) = await JobProcess.RunAsync(_folder, "evaluate", "--model", "model", "--data", "posts/11.txt", "--json");
        Assert.True(evaluated == ExitCode.Done, problem);
        using var metrics = JsonDocument.Parse(File.ReadAllText(_folder.Sub("model", "metrics.json")));
        using var result = JsonDocument.Parse(json);
        Assert.True(result.RootElement.GetProperty("loss").GetDouble() is > 0.1 and < 6);
        Assert.True(metrics.RootElement.GetProperty("validationLoss").GetDouble() is > 0.1 and < 6);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_with_its_state_to_the_weights_of_an_unbroken_one()
    {
        var unbroken = await JobProcess.RunAsync(_folder, [.. Train("whole", steps: 200, width: 384), "--work", "whole-work"]);
        Assert.True(unbroken.Code == ExitCode.Done, unbroken.Error);
        using (var process = JobProcess.Start(_folder, Train("model", steps: 200, width: 384)))
        {
            await process.WaitForStepAsync(_folder.Sub(".pipeline", "runs", unbroken.Output.TrimEnd('\n'), "train.log"), 10);
            await process.SignalAsync("INT");
            var (code, _, error) = await process.EndAsync();
            Assert.True(code == ExitCode.Interrupted, error);
        }

        var resumed = await JobProcess.RunAsync(_folder, Train("model", steps: 200, width: 384));
        Assert.True(resumed.Code == ExitCode.Done, resumed.Error);
        using var expected = SafetensorsFile.Open(_folder.Sub("whole", "model.safetensors"));
        using var found = SafetensorsFile.Open(_folder.Sub("model", "model.safetensors"));
        Assert.All(expected.Tensors.Keys, name => Assert.Equal(expected.ReadNumbers(name), found.ReadNumbers(name)));
    }

    [Fact]
    public async Task More_than_three_layers_are_refused()
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, [.. Train("model", steps: 10), "--layers", "4"]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("layers is 4", error, StringComparison.Ordinal);
    }

    // A step of a wide model takes long enough to be stopped in the midst of a run.
    private static string[] Train(string output, int steps, int width = 64) =>
    [
        "train", "--data", "posts", "--output", output, "--preset", "tiny", "--model", "lstm", "--width", $"{width}", "--context", "32", "--rows", "4",
        "--steps", $"{steps}", "--epochs", "1000",
    ];
}
