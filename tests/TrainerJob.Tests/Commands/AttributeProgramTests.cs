using System.Text.Json;
using Pipeline.Corpus;
using Pipeline.Testing;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class AttributeProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_text_sounds_most_like_the_tag_that_such_texts_had()
    {
        // Two tags, each with its own words: whoever knows them tells the texts apart.
        Directory.CreateDirectory(_folder.Sub("posts"));
        for (var number = 0; number < 24; number++)
        {
            var (tag, text) = number % 2 == 0 ? ("kitchen", Kitchen(number)) : ("harbour", SmallTexts.Text(number));
            File.WriteAllText(_folder.Sub("posts", $"{number:00}.txt"), TrainingText.Format(new ControlCode(null, [tag], null, null), text));
        }

        var (trained, _, error) = await JobProcess.RunAsync(
            _folder, "train", "--data", "posts", "--output", "model", "--preset", "tiny", "--model", "lstm", "--width", "64", "--context", "64", "--rows", "4", "--steps", "300", "--epochs", "1000");
        Assert.True(trained == ExitCode.Done, error);
        Assert.Equal(
            ["tag harbour", "tag kitchen"],
            ControlCodeList.Read(_folder.Sub("model")).Codes.Select(code => $"{code.Kind} {code.Name}").Order(StringComparer.Ordinal));

        foreach (var (tag, text) in new[] { ("kitchen", Kitchen(90)), ("harbour", SmallTexts.Text(91)) })
        {
            File.WriteAllText(_folder.Sub("text.txt"), text);
            var (code, output, problem) = await JobProcess.RunAsync(_folder, "attribute", "--model", "model", "--text", "text.txt", "--kind", "tag", "--json");
            Assert.True(code == ExitCode.Done, problem);
            using var json = JsonDocument.Parse(output);
            Assert.Equal(tag, json.RootElement.EnumerateArray().First(source => source.GetProperty("kind").GetString() == "tag").GetProperty("name").GetString());
            var perplexities = json.RootElement.EnumerateArray().Select(source => source.GetProperty("perplexity").GetDouble()).ToList();
            Assert.Equal(3, perplexities.Count);
            Assert.Equal(perplexities.Order(), perplexities);
        }
    }

    [Fact]
    public async Task A_model_without_codes_and_a_missing_text_are_named()
    {
        SmallTexts.WriteFiles(_folder.Sub("posts"), count: 3);
        await JobProcess.RunAsync(_folder, "train", "--data", "posts", "--output", "model", "--preset", "tiny", "--model", "markov");
        var (code, _, error) = await JobProcess.RunAsync(_folder, "attribute", "--model", "model", "--text", "posts/00.txt");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(ControlCodeList.FileName, error, StringComparison.Ordinal);
        (code, _, error) = await JobProcess.RunAsync(_folder, "attribute", "--model", "model", "--text", "nowhere.txt");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("nowhere.txt", error, StringComparison.Ordinal);
    }

    private static string Kitchen(int number)
    {
        string[] words = ["stir", "the", "pot", "with", "salt", "and", "onions", "until", "soup", "thickens"];
        var random = new Random(number);
        return string.Join(' ', Enumerable.Range(0, 150).Select(_ => words[random.Next(words.Length)])) + ".";
    }
}
