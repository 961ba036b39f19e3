using System.IO.Compression;
using System.Text.Json;
using Pipeline.Testing;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Tests.BaseModels;
using Pipeline.TrainerJob.Tests.Commands;

namespace Pipeline.TrainerJob.Tests.BaseMaking;

public sealed class BaseCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BaseCommandTests()
    {
        Directory.CreateDirectory(_folder.Sub("texts"));
        Write("train.jsonl.gz", Enumerable.Range(0, 20));
        Write("validation.jsonl.gz", Enumerable.Range(20, 3));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_trained_model_becomes_16_bit_weights_with_tokenizer_and_card()
    {
        SmallModel.Write(_folder.Sub("trained"));
        File.WriteAllText(_folder.Sub("trained", "metrics.json"), """{ "steps": 120, "trainedTokens": 2500000, "seconds": 5400 }""");

        var (code, _, error) = await JobProcess.RunAsync(_folder, "base", "--texts", "texts", "--output", "shipped", "--trained", "trained");

        Assert.True(code == ExitCode.Done, error);
        var (shape, halves) = Gpt2Folder.Load(_folder.Sub("shipped"));
        var (_, full) = Gpt2Folder.Load(_folder.Sub("trained"));
        using (halves)
        using (full)
        {
            Assert.Equal(SmallModel.Shape, shape);
            foreach (var (half, value) in halves.Zip(full).SelectMany(pair => pair.First.Values.ToArray().Zip(pair.Second.Values.ToArray())))
            {
                Assert.Equal((float)(Half)value, half);
            }
        }

        // The files differ in little but the type of the weights.
        Assert.InRange(new FileInfo(_folder.Sub("shipped", "model.safetensors")).Length, shape.Parameters * 2, shape.Parameters * 2 + 8192);
        Assert.Equal(File.ReadAllBytes(_folder.Sub("trained", "tokenizer.json")), File.ReadAllBytes(_folder.Sub("shipped", "tokenizer.json")));
        var card = File.ReadAllText(_folder.Sub("shipped", "README.md"));
        foreach (var fact in new[] { "license: cc0-1.0", "| blog | someone/harbour | CC0 1.0 | 20 |", "120 steps, 2.5 million tokens, 1.5 hours", "--texts" })
        {
            Assert.Contains(fact, card, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Training_makes_the_package_and_a_second_call_trains_nothing()
    {
        string[] command = ["base", "--texts", "texts", "--output", "shipped", "--work", "work", "--steps", "1"];

        var (code, _, error) = await JobProcess.RunAsync(_folder, command);
        var again = await JobProcess.RunAsync(_folder, command);

        Assert.True(code == ExitCode.Done, error);
        Assert.True(again.Code == ExitCode.Done, again.Error);
        Assert.Contains("is there already", again.Error, StringComparison.Ordinal);
        var shape = Gpt2Folder.ReadShape(_folder.Sub("shipped"));
        Assert.Equal((6, 5, 320, 512), (shape.Layers, shape.Heads, shape.Width, shape.Context));

        string[] further = ["base", "--texts", "texts", "--output", "better", "--work", "work", "--from", "shipped", "--steps", "2", "--learning-rate", "0.0005", "--repeats", "1"];
        var better = await JobProcess.RunAsync(_folder, further);

        Assert.True(better.Code == ExitCode.Done, better.Error);
        Assert.Equal(shape, Gpt2Folder.ReadShape(_folder.Sub("better")));
        Assert.NotEqual(File.ReadAllBytes(_folder.Sub("shipped", "model.safetensors")), File.ReadAllBytes(_folder.Sub("better", "model.safetensors")));
        var card = File.ReadAllText(_folder.Sub("better", "README.md"));
        foreach (var fact in new[]
        {
            "| training | 3 steps,",
            "were learned 2, then 1 times",
            "--output base-1 --steps 1 --learning-rate 0.0015 --repeats 2\n",
            "--output trainer-job/base --steps 2 --learning-rate 0.0005 --repeats 1 --from base-1\n",
        })
        {
            Assert.Contains(fact, card, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Going_on_from_a_folder_that_does_not_tell_how_it_was_made_is_refused_before_anything_is_trained()
    {
        SmallModel.Write(_folder.Sub("other"));

        var (code, _, error) = await JobProcess.RunAsync(_folder, "base", "--texts", "texts", "--output", "shipped", "--from", "other");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("trainings.json", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Sub("shipped")));
    }

    private void Write(string name, IEnumerable<int> numbers)
    {
        using var file = new StreamWriter(new GZipStream(File.Create(_folder.Sub("texts", name)), CompressionLevel.Fastest));
        foreach (var number in numbers)
        {
            file.WriteLine($$"""{ "text": {{JsonSerializer.Serialize(SmallTexts.Text(number))}}, "title": "Post {{number}}", "source": "someone/harbour/{{number}}.md", "kind": "blog", "license": "CC0 1.0" }""");
        }
    }
}
