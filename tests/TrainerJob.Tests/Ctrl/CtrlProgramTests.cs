using System.Text.Json;
using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Tests.Commands;

namespace Pipeline.TrainerJob.Tests.Ctrl;

/// <summary>Fine-tuning the reference's tiny model under a vocabulary made for the purpose.</summary>
public sealed class CtrlProgramTests : IDisposable
{
    private const int Vocabulary = 96;

    private readonly TemporaryFolder _folder = new();

    public CtrlProgramTests()
    {
        SmallTexts.WriteFiles(_folder.Sub("posts"), count: 12);
        Directory.CreateDirectory(_folder.Sub("base"));
        foreach (var file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(ProjectFolders.Shared("reference", "ctrl-tiny", file), _folder.Sub("base", file));
        }

        var letters = Enumerable.Range('a', 26).Select(letter => $"{(char)letter}").Append(".").Append(".\n").ToList();
        List<string> names = ["<unk>", "Links", "Books", "Notes", .. letters, .. letters.Select(letter => letter + "@@")];
        names.AddRange(Enumerable.Range(names.Count, Vocabulary - names.Count).Select(number => $"word{number}"));
        File.WriteAllText(_folder.Sub("base", "vocab.json"), "{" + string.Join(',', names.Select((name, id) => $"{JsonSerializer.Serialize(name)}:{id}")) + "}");
        var rules = new[] { "Links", "Books", "Notes" }.SelectMany(word => Enumerable.Range(1, word.Length - 1)
            .Select(i => $"{word[..i]} {word[i]}{(i == word.Length - 1 ? "</w>" : "")}"));
        File.WriteAllText(_folder.Sub("base", "merges.txt"), "#version: 0.2\n" + string.Join('\n', rules) + "\n");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Adapters_are_trained_behind_a_new_code_that_the_model_then_has()
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, [.. Train, "--lora-rank", "2", "--control-code", "Notes"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal("ctrl", ModelKind.Of(_folder.Sub("model")));
        var codes = ControlCodeList.Read(_folder.Sub("model")).Codes;
        Assert.Equal(["Notes", "Books", "Links"], codes.Select(known => known.Name));
        Assert.True(codes[0].Posts > 0);

        using var model = LanguageModel.Load(_folder.Sub("model"));
        var request = new GenerationRequest { Prompt = "Notes the baker", Sampling = new() { Seed = 1, MinTokens = 100, MaxTokens = 100, Temperature = 1, RepetitionPenalty = 1.2f, PenaltyConvention = PenaltyConvention.Ctrl, Alternatives = 3 } };
        // Longer than the window of 64: the code stays in front when it slides.
        var text = (await new TextGenerator(model).GenerateAsync(request, Token))[0];
        Assert.Equal(100, text.Tokens.Count);
        Assert.All(text.Steps, step => Assert.Equal(3, step.Alternatives.Count));
        var refused = await Assert.ThrowsAsync<InvalidSamplingException>(() => new TextGenerator(model).GenerateAsync(request with { Prompt = "the baker" }, Token));
        Assert.All(["'the'", "Books", "Links", "Notes"], name => Assert.Contains(name, refused.Message, StringComparison.Ordinal));

        File.WriteAllText(_folder.Sub("text.txt"), "the baker waits for the tide. ");
        var attributed = await JobProcess.RunAsync(_folder, "attribute", "--model", "model", "--text", "text.txt", "--json");
        Assert.True(attributed.Code == ExitCode.Done, attributed.Error);
        using var json = JsonDocument.Parse(attributed.Output);
        Assert.Equal(["Books", "Links", "Notes"], json.RootElement.EnumerateArray().Select(source => source.GetProperty("name").GetString()).Order());
    }

    [Theory]
    [InlineData("--lora-rank 2", "--control-code")]
    [InlineData("--control-code Notes --lora-rank 2 --learning-rate nothing", "learningRate")]
    [InlineData("--control-code many --lora-rank 2", "no single word")]
    [InlineData("--control-code Notes --rows 2", "--lora-rank")]
    public async Task What_is_missing_is_named(string options, string named)
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, [.. Train, .. options.Split(' ')]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    private static string[] Train => ["train", "--data", "posts", "--output", "model", "--model", "ctrl", "--base", "base", "--preset", "tiny", "--steps", "12"];
}
