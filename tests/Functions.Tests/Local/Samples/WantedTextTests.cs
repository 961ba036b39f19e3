using Pipeline.Functions.Local.Samples;
using Pipeline.Functions.Sample;
using Pipeline.Posts;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Local.Samples;

public sealed class WantedTextTests
{
    [Fact]
    public void Every_prompt_comes_at_every_temperature_with_its_seed_in_the_name()
    {
        var texts = WantedText.All(new SampleRequest { Seed = 40 }, ["a", "b"], [0.7f, 1f], count: 2);

        Assert.Equal(
            [
                "prompt-001-t0.7-seed40.txt", "prompt-001-t0.7-seed41.txt", "prompt-001-t1-seed40.txt", "prompt-001-t1-seed41.txt",
                "prompt-002-t0.7-seed42.txt", "prompt-002-t0.7-seed43.txt", "prompt-002-t1-seed42.txt", "prompt-002-t1-seed43.txt",
            ],
            texts.Select(text => text.FileName));
        Assert.Equal("b", texts[^1].Request.Prompt);
        Assert.Equal((1f, 43UL), (texts[^1].Request.Temperature, texts[^1].Request.Seed!.Value));
    }

    [Fact]
    public void Without_a_file_of_prompts_the_requests_own_counts() =>
        Assert.Equal(["sample-t0.8-seed1.txt", "sample-t0.8-seed2.txt"], WantedText.All(new SampleRequest { Seed = 1, Title = "Soup" }, [], [], count: 2).Select(text => text.FileName));

    [Fact]
    public async Task A_file_of_prompts_has_one_a_line()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.Sub("prompts.txt"), [0xEF, 0xBB, 0xBF, .. "One\r\n\r\n  \nTwo\\nlines\\\\n\n"u8], TestContext.Current.CancellationToken);

        Assert.Equal(["One", "Two\nlines\\n"], await PromptFile.ReadAsync(folder.Sub("prompts.txt"), TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(folder.Sub("empty.txt"), "\n\n", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<BlogException>(() => PromptFile.ReadAsync(folder.Sub("empty.txt"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<BlogException>(() => PromptFile.ReadAsync(folder.Sub("none.txt"), TestContext.Current.CancellationToken));
    }
}
