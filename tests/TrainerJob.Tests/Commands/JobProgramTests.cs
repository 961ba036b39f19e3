using System.Globalization;
using System.Text.Json;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Commands;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class JobProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("tokenize")]
    [InlineData("export")]
    public async Task Help_goes_to_standard_output_and_has_an_example(string command)
    {
        var (code, output, error) = await RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("Example", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trian", "trian")]
    [InlineData("train --sead 1", "--sead")]
    [InlineData("train --seed x --data a --output b", "--seed: 'x'")]
    [InlineData("train --preset huge --data a --output b", "tiny, small")]
    [InlineData("train", "--store")]
    [InlineData("train --data nowhere.txt --output b", "nowhere.txt")]
    [InlineData("train --data posts.txt", "--output")]
    [InlineData("train --data posts.txt --output other", "other")]
    [InlineData("train --data posts.txt --store other --output new", "Both a store")]
    [InlineData("train --data posts.txt --output posts.txt", "is a file")]
    [InlineData("train --data posts.txt --output new --settings settings.json", "learningRate")]
    [InlineData("train --data posts.txt --output new --width 60000 --layers 200 --context 65536 --rows 1000 --heads 10", "about")]
    [InlineData("evaluate --model nowhere --data posts.txt", "nowhere")]
    [InlineData("evaluate --model other --data nowhere.txt", "nowhere.txt")]
    [InlineData("tokenize --file nowhere.txt", "nowhere.txt")]
    [InlineData("tokenize --tokenizer other --file posts.txt", "other")]
    public async Task Bad_input_is_named_on_standard_error_and_ends_with_2(string line, string named)
    {
        File.WriteAllText(_folder.Sub("posts.txt"), SmallTexts.Text(1));
        File.WriteAllText(_folder.Sub("settings.json"), """{ "learnigRate": 0.1 }""");
        Directory.CreateDirectory(_folder.Sub("other"));
        File.WriteAllText(_folder.Sub("other", "letter.txt"), "precious");

        // Run where the files are: names stay as a person types them.
        var arguments = line.Split(' ').Select(word => word is "posts.txt" or "nowhere.txt" or "settings.json" or "other" or "new" or "nowhere" ? _folder.Sub(word) : word);
        var (code, output, error) = await RunAsync([.. arguments, .. line.StartsWith("train ", StringComparison.Ordinal) ? new[] { "--work", _folder.Sub("work") } : []]);

        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_folder.Sub("other", "letter.txt")));
    }

    [Fact]
    public async Task Settings_come_from_the_environment_too()
    {
        var (code, _, error) = await RunAsync(["train"], name => name == "PIPELINE_STEPS" ? "none" : null);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("PIPELINE_STEPS", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello world", "[31373,995]")]
    [InlineData("", "[]")]
    [InlineData("<|endoftext|>", "[27,91,437,1659,5239,91,29]")]
    public async Task Tokenize_prints_the_ids_of_the_whole_file(string text, string ids)
    {
        File.WriteAllText(_folder.Sub("a.txt"), text);

        Assert.Equal((ExitCode.Done, ids + "\n", ""), await RunAsync(["tokenize", "--tokenizer", "gpt2", "--file", _folder.Sub("a.txt")]));
    }

    [Fact]
    public async Task Tokenize_takes_files_of_megabytes_and_loses_nothing()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(number => string.Create(CultureInfo.InvariantCulture, $"{number} Möwen über dem Hafen\r\n鷗 🪿 \t")));
        File.WriteAllText(_folder.Sub("a.txt"), text);

        var (_, output, _) = await RunAsync(["tokenize", "--file", _folder.Sub("a.txt")]);

        Assert.Equal(text, BpeTokenizer.Gpt2().Decode(JsonSerializer.Deserialize<int[]>(output)));
    }

    [Fact]
    public async Task Evaluate_finds_the_loss_that_training_reported()
    {
        SmallTexts.WriteFiles(_folder.Sub("posts"), 12);
        var trained = await RunAsync(
        [
            "train", "--data", _folder.Sub("posts"), "--output", _folder.Sub("model"), "--work", _folder.Sub("work"), "--json", "--preset", "tiny",
            "--steps", "20", "--context", "32", "--layers", "1", "--heads", "2", "--width", "16", "--vocabulary", "300",
        ]);
        Assert.True(trained.Code == ExitCode.Done, trained.Error);

        // Of twelve files the last is held out.
        var (code, output, error) = await RunAsync(["evaluate", "--model", _folder.Sub("model"), "--data", _folder.Sub("posts", "11.txt"), "--json"]);

        Assert.True(code == ExitCode.Done, error);
        using var expected = JsonDocument.Parse(trained.Output);
        using var result = JsonDocument.Parse(output);
        var loss = result.RootElement.GetProperty("loss").GetDouble();
        var tokens = result.RootElement.GetProperty("tokens").GetInt64();
        Assert.Equal(expected.RootElement.GetProperty("validationLoss").GetDouble(), loss, 1e-5);
        Assert.Equal(Math.Exp(loss), result.RootElement.GetProperty("perplexity").GetDouble(), 1e-9);
        Assert.Equal(loss * tokens / SmallTexts.Text(11).Length, result.RootElement.GetProperty("lossPerCharacter").GetDouble(), 1e-9);
        Assert.Equal(BpeTokenizer.Load(_folder.Sub("model")).Encode(SmallTexts.Text(11)).Count + 1, tokens);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments, Func<string, string?>? environment = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await JobProgram.RunAsync(
            arguments,
            new JobHost(Stream.Null, output, error, Interactive: false, environment ?? (_ => null), TimeProvider.System, TestContext.Current.CancellationToken));
        return (code, output.ToString(), error.ToString());
    }
}
