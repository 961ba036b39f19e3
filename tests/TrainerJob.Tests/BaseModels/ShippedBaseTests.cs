using Pipeline.Testing;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Tests.Commands;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.BaseModels;

public sealed class ShippedBaseTests : IDisposable
{
    private const long MostBytes = 25_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_small_enough_for_a_repository_and_tells_what_it_is()
    {
        var files = new DirectoryInfo(ShippedBase.Folder).GetFiles();

        Assert.InRange(files.Sum(file => file.Length), 1, MostBytes);
        Assert.Superset(new HashSet<string> { "config.json", "model.safetensors", "tokenizer.json", "README.md" }, files.Select(file => file.Name).ToHashSet());
    }

    [Fact]
    public void It_knows_English()
    {
        string[] english =
        [
            "I spent most of Saturday in the garden, and by the evening the beds were clear. What surprised me is how little I minded the rain.",
            "There are three reasons why a small team should write things down. The first is that people forget, and the second is that they leave.",
        ];

        var sense = ModelEvaluation.Measure(ShippedBase.Folder, english, "the test", TestContext.Current.CancellationToken);
        var nonsense = ModelEvaluation.Measure(ShippedBase.Folder, [.. english.Select(Shuffled)], "the test", TestContext.Current.CancellationToken);

        // Letters by their frequency alone take 2.9 nats each (Shannon, "Prediction and Entropy of Printed English", 1951: 4.14 bits of 26 letters).
        Assert.InRange(sense.LossPerCharacter, 0, 1.6);
        Assert.True(sense.Loss + 0.5 < nonsense.Loss, "The order of the words must matter.");
    }

    [Fact]
    public async Task Training_goes_on_from_it_unless_told_otherwise()
    {
        SmallTexts.WriteFiles(_folder.Sub("posts"), count: 6);
        string[] train = ["train", "--data", "posts", "--steps", "1", "--context", "32", "--rows", "1"];

        var usual = await JobProcess.RunAsync(_folder, [.. train, "--output", "usual"]);
        var scratch = await JobProcess.RunAsync(_folder, [.. train, "--output", "scratch", "--base", "none"]);

        Assert.True(usual.Code == ExitCode.Done, usual.Error);
        Assert.True(scratch.Code == ExitCode.Done, scratch.Error);
        Assert.Contains($"Base: {ShippedBase.Name} ", usual.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Base:", scratch.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(ShippedBase.Folder, "tokenizer.json")), File.ReadAllBytes(_folder.Sub("usual", "tokenizer.json")));
    }

    private static string Shuffled(string text)
    {
        var words = text.Split(' ');
        new Random(7).Shuffle(words);
        return string.Join(' ', words);
    }
}
